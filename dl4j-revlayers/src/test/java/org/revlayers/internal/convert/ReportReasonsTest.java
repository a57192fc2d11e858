package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.L2NormalizeVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;

/** Reports say what is there. */
class ReportReasonsTest {

    private static NeuralNetConfiguration.Builder base(DataType type) {
        return new NeuralNetConfiguration.Builder().seed(3).dataType(type).activation(Activation.TANH);
    }

    private static DenseLayer dense(int n) {
        return new DenseLayer.Builder().nOut(n).build();
    }

    private static OutputLayer out() {
        return new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build();
    }

    static String refusal(ComputationGraph net) {
        return assertThrows(IllegalArgumentException.class, () -> Lean.convert(net, Memory.reversible()))
                .getMessage();
    }

    static ComputationGraph sequences(Layer one, Layer two) {
        ComputationGraph net = new ComputationGraph(base(DataType.FLOAT)
                .graphBuilder()
                .addInputs("in")
                .addLayer("f0", one, "in")
                .addVertex("s0", new ElementWiseVertex(ElementWiseVertex.Op.Add), "f0", "in")
                .addLayer("f1", two, "s0")
                .addVertex("s1", new ElementWiseVertex(ElementWiseVertex.Op.Add), "f1", "s0")
                .addLayer(
                        "out",
                        new RnnOutputLayer.Builder()
                                .nOut(2)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        "s1")
                .setOutputs("out")
                .setInputTypes(InputType.recurrent(4))
                .build());
        net.init();
        return net;
    }

    @Test
    void aVertexOnTheShortcutIsNamed() {
        ComputationGraph net = new ComputationGraph(base(DataType.FLOAT)
                .graphBuilder()
                .addInputs("in")
                .addLayer("d0", dense(6), "in")
                .addVertex("l2", new L2NormalizeVertex(), "in")
                .addVertex("s0", new ElementWiseVertex(ElementWiseVertex.Op.Add), "d0", "l2")
                .addLayer("out", out(), "s0")
                .setOutputs("out")
                .setInputTypes(InputType.feedForward(6))
                .build());
        net.init();
        String reason = refusal(net);
        assertTrue(reason.contains("l2") && reason.contains("L2NormalizeVertex"), reason);
        assertFalse(reason.contains("projection"), reason);
    }

    @Test
    void layersOnTheShortcutAreNamed() {
        ComputationGraph net = new ComputationGraph(base(DataType.FLOAT)
                .graphBuilder()
                .addInputs("in")
                .addLayer("d0", dense(5), "in")
                .addLayer("p0", dense(5), "in")
                .addVertex("s0", new ElementWiseVertex(ElementWiseVertex.Op.Add), "d0", "p0")
                .addLayer("out", out(), "s0")
                .setOutputs("out")
                .setInputTypes(InputType.feedForward(6))
                .build());
        net.init();
        String reason = refusal(net);
        assertTrue(reason.contains("d0") && reason.contains("p0"), reason);
    }

    static LSTM lstm(int n) {
        return new LSTM.Builder().nIn(4).nOut(n).build();
    }

    @Test
    void razorSaysThatABlockIsRecurrent() {
        String reason = assertThrows(
                        IllegalArgumentException.class,
                        () -> Lean.convert(sequences(lstm(4), lstm(4)), Memory.razor(0.9)))
                .getMessage();
        String sum = reason.substring(reason.indexOf("s0="), reason.indexOf("s1="));
        assertTrue(sum.contains("f0") && sum.contains("recurrent"), reason);
    }

    @Test
    void halfNetworksAreToldThatTheTypeIsWhy() {
        MultiLayerNetwork net = new MultiLayerNetwork(base(DataType.FLOAT16)
                .list(
                        new ConvolutionLayer.Builder(3, 3)
                                .nOut(4)
                                .activation(Activation.IDENTITY)
                                .build(),
                        new BatchNormalization(),
                        new ActivationLayer(Activation.RELU),
                        out())
                .setInputType(InputType.convolutional(6, 6, 2))
                .build());
        net.init();
        String report = Lean.convert(net, Memory.razor(0.9)).report().toString();
        assertFalse(report.contains("ActivationMemory.DENSE"), report);
        assertTrue(report.contains("HALF"), report);
    }

    private static ComputationGraph vectors(Consumer<GraphBuilder> more, String first, String second) {
        GraphBuilder g = base(DataType.DOUBLE).graphBuilder().addInputs("in").addLayer("d0", dense(6), "in");
        more.accept(g);
        ComputationGraph net =
                new ComputationGraph(g.addVertex("s0", new ElementWiseVertex(ElementWiseVertex.Op.Add), first, second)
                        .addLayer("out", out(), "s0")
                        .setOutputs("out")
                        .setInputTypes(InputType.feedForward(6))
                        .build());
        net.init();
        return net;
    }

    private static void assertSays(String reason, ComputationGraph net) {
        String refusal = refusal(net);
        assertTrue(refusal.contains(reason), refusal);
    }

    @Test
    void aProductOnTheBranchIsNamed() {
        assertSays(
                "ElementWiseVertex(Product) \"gated\" on the branch from \"in\" to \"gated\", which joins \"d0\" and"
                        + " \"gate\"",
                vectors(
                        g -> g.addLayer("gate", dense(6), "in")
                                .addVertex("gated", new ElementWiseVertex(ElementWiseVertex.Op.Product), "d0", "gate"),
                        "gated",
                        "in"));
    }

    @Test
    void anAdditionOfOneThingIsSaidToBeOne() {
        assertSays("adds DenseLayer \"d0\" to itself", vectors(g -> {}, "d0", "d0"));
    }

    private static ConvolutionLayer convolution(int kernel, int channels) {
        return new ConvolutionLayer.Builder(kernel, kernel)
                .convolutionMode(ConvolutionMode.Truncate)
                .nIn(3)
                .nOut(channels)
                .build();
    }

    @Test
    void aChangeOfShapeIsDescribed() {
        ComputationGraph net = new ComputationGraph(base(DataType.DOUBLE)
                .graphBuilder()
                .addInputs("in")
                .addLayer("f0", new LastTimeStep(lstm(4)), "in")
                .addVertex("s0", new ElementWiseVertex(ElementWiseVertex.Op.Add), "f0", "in")
                .setOutputs("s0")
                .build());
        GraphIndex graph = new GraphIndex(net.getConfiguration());
        String reason = ResidualBlocks.find(graph, Map.of(), 2, false).left().get("s0");
        assertTrue(reason.contains("turn sequences of 4 features into vectors of 4"), reason);
        assertEquals(
                "they turn images of 3 channels into images of 8 channels",
                ShapeProbe.change(List.of(convolution(1, 8))));
        assertEquals(
                "they change the size of images of 3 channels, by a stride, padding or pooling",
                ShapeProbe.change(List.of(convolution(3, 3))));
    }

    @Test
    void razorSaysWhatAVertexIsThatIsNoLayer() {
        ComputationGraph net = vectors(
                g -> g.addLayer("a", dense(3), "in")
                        .addLayer("b", dense(3), "in")
                        .addVertex("both", new MergeVertex(), "a", "b"),
                "both",
                "d0");
        String reason = assertThrows(IllegalArgumentException.class, () -> Lean.convert(net, Memory.razor(0.9)))
                .getMessage();
        assertTrue(reason.contains("both=no layer but MergeVertex"), reason);
        assertTrue(reason.contains("MergeVertex \"both\" is no layer"), reason);
    }
}
