package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** Layers may be called anything: containers carry their parameters and updater states, give them back, and find them by name. */
class LayerNamesTest {

    private static final Memory CHAINS = Memory.reversible(CoefficientSchedule.constant(1, 0))
            .mode(ChainMode.CHECKPOINT)
            .streams(StreamType.DOUBLE)
            .stem(true);

    static Stream<List<String>> names() {
        return Stream.of(
                List.of("a/b", "a/c", "b/b", "/"),
                List.of("a/b", "a.b", "a_b", "a-b"),
                List.of("a:1", "a 1", " ", "a*"),
                List.of("größe/1", "层", "λ_1", "λ.1"),
                List.of("W", "b/W", "main.W", "stem.W"),
                List.of("", "layer", "-", "_"));
    }

    private static NeuralNetConfiguration.Builder global() {
        return new NeuralNetConfiguration.Builder()
                .seed(3)
                .dataType(DataType.DOUBLE)
                .updater(new Adam(1e-2))
                .activation(Activation.TANH);
    }

    private static OutputLayer output() {
        return new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build();
    }

    @ParameterizedTest
    @MethodSource("names")
    void inALine(List<String> names) {
        for (Memory memory : new Memory[] {Memory.checkpoint(), Memory.store(), Memory.razor(0)}) {
            NeuralNetConfiguration.ListBuilder list = global().list();
            names.forEach(name ->
                    list.layer(new DenseLayer.Builder().nOut(6).name(name).build()));
            check(line(list, InputType.feedForward(6)), memory, names, data(4, 6));
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void ofTransformerBlocksAndWhatIsInFrontOfThem(List<String> names) {
        for (Memory memory : new Memory[] {CHAINS, Memory.checkpoint(), Memory.store()}) {
            NeuralNetConfiguration.ListBuilder list = global().list();
            names.forEach(name -> list.layer(
                    names.indexOf(name) < 2
                            ? new LayerNormalization.Builder().name(name).build()
                            : new TransformerBlock.Builder(2).mlp(6).name(name).build()));
            list.layer(new TokenPooling.Builder(TokenPooling.Kind.MEAN).build());
            check(line(list, InputType.recurrent(6, 3, RNNFormat.NWC)), memory, names, data(4, 3, 6));
        }
    }

    private static MultiLayerNetwork line(NeuralNetConfiguration.ListBuilder list, InputType input) {
        MultiLayerNetwork net =
                new MultiLayerNetwork(list.layer(output()).setInputType(input).build());
        net.init();
        return net;
    }

    private static void check(MultiLayerNetwork net, Memory memory, List<String> names, DataSet data) {
        net.fit(data);
        MultiLayerNetwork lean = Lean.convert(net, memory).network();
        if (memory.kind() == Memory.Kind.RAZOR) { // gradients are others
            found(net, lean, names, net.getLayers());
            Compare.same(net.params(), Lean.restore(lean).params(), "restored");
            return;
        }
        net.fit(data);
        lean.fit(data);
        found(net, lean, names, net.getLayers());
        MultiLayerNetwork plain = Lean.restore(lean);
        assertEquals(
                net.getLayerNames().subList(0, names.size()),
                plain.getLayerNames().subList(0, names.size()));
        Compare.near(net.params(), plain.params(), 1e-9, "restored");
        net.fit(data);
        plain.fit(data);
        Compare.near(net.params(), plain.params(), 1e-9, "updater of the restored");
    }

    private static void found(
            org.deeplearning4j.nn.api.Model net,
            org.deeplearning4j.nn.api.Model lean,
            List<String> names,
            Layer... layers) {
        for (Layer layer : layers) {
            String name = layer.conf().getLayer().getLayerName();
            if (names.contains(name)) {
                assertEquals(
                        layer.conf().getLayer().getClass(),
                        Lean.layer(lean, name).getClass());
                Map<String, INDArray> there = Lean.parameters(lean, name);
                assertEquals(Lean.parameters(net, name).keySet(), there.keySet(), name);
                layer.paramTable().forEach((own, value) -> Compare.near(value, there.get(own), 1e-9, name + own));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void inAGraph(List<String> names) {
        for (Memory memory : new Memory[] {CHAINS, Memory.checkpoint(), Memory.store(), Memory.razor(0)}) {
            GraphBuilder g = global().graphBuilder().addInputs("in/").setInputTypes(InputType.feedForward(6));
            String at = "in/";
            List<String> all = new ArrayList<>();
            for (String name : names) {
                if (!name.isEmpty()) { // DL4J has no such vertex
                    g.addLayer(name, new DenseLayer.Builder().nOut(6).build(), at);
                    ResidualGraphs.add(g, name + "/sum", name, at);
                    at = name + "/sum";
                    all.add(name);
                }
            }
            ComputationGraph net = new ComputationGraph(
                    g.addLayer("out", output(), at).setOutputs("out").build());
            net.init();
            DataSet data = data(4, 6);
            net.fit(data);
            ComputationGraph lean = Lean.convert(net, memory).network();
            if (memory.kind() != Memory.Kind.RAZOR) {
                net.fit(data);
                lean.fit(data);
            }
            found(net, lean, all, net.getLayers());
            ComputationGraph plain = Lean.restore(lean);
            assertEquals(
                    net.getConfiguration().getVertices().keySet(),
                    plain.getConfiguration().getVertices().keySet());
            Compare.near(net.params(), plain.params(), 1e-9, "restored");
        }
    }

    private static DataSet data(long... shape) {
        INDArray x = Nd4j.linspace(DataType.DOUBLE, -1, 0.03, Nd4j.zeros(shape).length());
        INDArray y = Nd4j.zeros(DataType.DOUBLE, shape[0], 3);
        for (int i = 0; i < shape[0]; i++) {
            y.putScalar(i, i % 3, 1);
        }
        return new DataSet(x.reshape(shape), y);
    }
}
