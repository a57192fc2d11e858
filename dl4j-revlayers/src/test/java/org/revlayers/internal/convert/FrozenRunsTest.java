package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.Compare;

/** Frozen layers stay outside of containers: DL4J keeps nothing for them and does not go back through them. */
class FrozenRunsTest {

    private static final Memory ALL = Memory.razor(0).values(RazorValues.FULL).activations(ActivationMemory.DENSE);

    private static final String FROZEN = "frozen: nothing is kept for it";

    private static Layer dense(String name) {
        return new DenseLayer.Builder()
                .name(name)
                .nOut(6)
                .activation(Activation.TANH)
                .build();
    }

    private static Layer frozen(String name) {
        FrozenLayer layer = new FrozenLayer(dense(name));
        layer.setLayerName(name);
        return layer;
    }

    private static MultiLayerNetwork network(Layer... layers) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(3)
                .dataType(DataType.DOUBLE)
                .updater(new Sgd(0.1))
                .list();
        List.of(layers).forEach(list::layer);
        MultiLayerNetwork net = new MultiLayerNetwork(list.layer(new OutputLayer.Builder()
                        .name("output")
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.feedForward(5))
                .build());
        net.init();
        return net;
    }

    private static void trainsAsBefore(MultiLayerNetwork net, MultiLayerNetwork converted) {
        DataSet data = new DataSet(
                Nd4j.rand(DataType.DOUBLE, 4, 5),
                Nd4j.eye(3).castTo(DataType.DOUBLE).getRows(0, 1, 2, 0));
        for (int i = 0; i < 3; i++) {
            net.fit(data);
            converted.fit(data);
        }
        Compare.near(net.params(), converted.params(), 1e-9, "parameters");
    }

    @Test
    void aRunEndsAtAFrozenPrefix() {
        MultiLayerNetwork net = network(frozen("a"), frozen("b"), dense("c"), dense("d"));
        Conversion<MultiLayerNetwork> result = Lean.convert(net, ALL);
        assertEquals(
                List.of(new ConversionReport.Unit("razor sequence", "razor1", List.of("c", "d"), 0)),
                result.report().razors());
        assertEquals(
                List.of(
                        new ConversionReport.Left("a", FROZEN),
                        new ConversionReport.Left("b", FROZEN),
                        new ConversionReport.Left("output", "has a loss")),
                result.report().left());
        trainsAsBefore(net, result.network());
    }

    @Test
    void whatIsInFrontOfAFrozenLayerDoesNotStartToTrain() {
        MultiLayerNetwork net = network(dense("a"), dense("b"), frozen("c"), dense("d"), dense("e"));
        trainsAsBefore(net, Lean.convert(net, ALL).network());
    }

    private static ComputationGraph graph(String... frozen) {
        ComputationGraphConfiguration conf = ResidualGraphs.net(false, ResidualGraphs.global(DataType.FLOAT))
                .getConfiguration()
                .clone();
        for (String name : frozen) {
            var layerConf = ((LayerVertex) conf.getVertices().get(name)).getLayerConf();
            FrozenLayer layer = new FrozenLayer(layerConf.getLayer());
            layer.setLayerName(name);
            layerConf.setLayer(layer);
        }
        ComputationGraph net = new ComputationGraph(conf);
        net.init();
        return net;
    }

    private static final String[] PREFIX = {
        "stem_conv",
        "stem_bn",
        "stem_relu",
        "s1_a_conv1",
        "s1_a_bn1",
        "s1_a_relu1",
        "s1_a_conv2",
        "s1_a_bn2",
        "s1_a_short",
        "s1_a_shortbn"
    };

    @Test
    void aRunOfAGraphEndsToo() {
        ConversionReport report = Lean.convert(graph(PREFIX), Memory.razor(0.9)).report();
        Map<String, String> left = report.left().stream()
                .collect(Collectors.toMap(ConversionReport.Left::name, ConversionReport.Left::reason));
        for (String name : PREFIX) {
            assertEquals(FROZEN, left.get(name), name);
        }
        assertEquals(FROZEN, left.get("s1_a_add"));
        assertEquals(1, report.razors().size());
        assertEquals("s1_a_out", report.razors().get(0).members().get(0));
    }

    @Test
    void soDoCheckpoints() {
        List<ConversionReport.Unit> made = Lean.convert(
                        graph(PREFIX), Memory.reversible().otherwise(Memory.checkpoint()))
                .report()
                .checkpoints();
        assertFalse(made.isEmpty());
        made.forEach(c ->
                assertTrue(c.members().stream().noneMatch(v -> List.of(PREFIX).contains(v)), made.toString()));
    }
}
