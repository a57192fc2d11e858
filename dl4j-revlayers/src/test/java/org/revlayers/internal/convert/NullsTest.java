package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Lean;
import org.revlayers.convert.Sample;
import org.revlayers.keep.Memory;

/** What was forgotten is said at the call. */
class NullsTest {

    private static MultiLayerNetwork net() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list()
                .layer(new DenseLayer.Builder().nIn(2).nOut(2).build())
                .layer(new OutputLayer.Builder().nIn(2).nOut(2).build())
                .build());
        net.init();
        return net;
    }

    private static void refused(String message, Executable call) {
        String said = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(said.contains(message), said);
    }

    @Test
    void namesWhatIsNull() {
        MultiLayerNetwork net = net();
        ComputationGraph graph = net.toComputationGraph();
        String memory = "the memory of a conversion is null: give Memory.checkpoint(), say";
        refused(memory, () -> Lean.convert(net, null));
        refused(memory, () -> Lean.convert(graph, null));
        refused(memory, () -> Lean.plan(net, null));
        refused(memory, () -> Lean.plan(graph, null));
        refused("the name of a layer is null", () -> Lean.layer(net, null));
        refused("the name of a layer is null", () -> Lean.parameters(net, null));
    }

    @Test
    void namesTheNetworkThatIsNull() {
        String network = "the network is null: give one that has been initialised";
        for (MultiLayerNetwork none : new MultiLayerNetwork[1]) {
            refused(network, () -> Lean.convert(none, Memory.checkpoint()));
            refused(network, () -> Lean.convert(none, Memory.checkpoint(), Sample.of(Nd4j.ones(1, 2))));
            refused(network, () -> Lean.plan(none, Memory.checkpoint()));
            refused(network, () -> Lean.restore(none));
            refused(network, () -> Lean.layer(none, "0"));
            refused(network, () -> Lean.parameters(none, "0"));
        }
        for (ComputationGraph none : new ComputationGraph[1]) {
            refused(network, () -> Lean.convert(none, Memory.checkpoint()));
            refused(network, () -> Lean.plan(none, Memory.checkpoint()));
            refused(network, () -> Lean.restore(none));
        }
    }

    @Test
    void namesTheGraphOrTheSampleThatIsNull() {
        SameDiff graph = SameDiff.create();
        refused("the sample is null", () -> Lean.convert(graph, Memory.checkpoint(), null));
        refused("the sample is null", () -> Lean.restore(graph, null));
        refused("the memory of a conversion is null", () -> Lean.convert(graph, null));
        for (SameDiff none : new SameDiff[1]) {
            refused("the graph is null", () -> Lean.convert(none, Memory.checkpoint()));
            refused("the graph is null", () -> Lean.plan(none, Memory.checkpoint()));
            refused("the graph is null", () -> Lean.restore(none));
        }
    }
}
