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
import org.revlayers.Lean;

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
}
