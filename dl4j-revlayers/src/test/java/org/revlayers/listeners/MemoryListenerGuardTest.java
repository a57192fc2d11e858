package org.revlayers.listeners;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.listeners.MemoryListenerLayoutTest.rows;

import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.layers.Compare;
import org.revlayers.memory.MemoryReport;

/** A measuring listener says "unknown" where it cannot predict, and never stops a training. */
class MemoryListenerGuardTest {

    private static final int MB = 2;
    private static final int FEATURES = 4;

    private static OutputLayer output() {
        return new OutputLayer.Builder()
                .nIn(FEATURES)
                .nOut(2)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private static MultiLayerNetwork list(InputType input, Layer... layers) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Sgd(0.1))
                .list(layers);
        MultiLayerNetwork net = new MultiLayerNetwork(
                input == null ? list.build() : list.setInputType(input).build());
        net.init();
        return net;
    }

    @Test
    void aLayerThatCannotPredictIsUnknownAndTrainsOn() {
        MultiLayerNetwork net = list(null, new UnpredictableLayer(), output());
        MultiLayerNetwork quiet = net.clone();
        DataSet data = new DataSet(Nd4j.ones(MB, FEATURES), Nd4j.eye(2));
        MemoryListener memory = new MemoryListener();
        net.setListeners(memory);
        assertDoesNotThrow(() -> net.fit(data));
        quiet.fit(data);
        Compare.same(quiet.params(), net.params(), "parameters with and without a listener");
        assertTrue(memory.report().rows().stream()
                .filter(r -> !r.layer().equals("(input)"))
                .allMatch(r -> r.predicted() == -1));
    }

    @Test
    void whatCannotBeMeasuredIsNot() {
        MemoryListener memory = new MemoryListener();
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("in")
                .addLayer("out", output(), "in")
                .setOutputs("out")
                .build());
        graph.init();
        assertDoesNotThrow(() -> memory.onForwardPass(graph, List.of(Nd4j.ones(MB, FEATURES))), "no graph has lists");
        assertDoesNotThrow(() -> memory.iterationDone(graph, 0, 0));
        assertEquals(List.of(), memory.report().rows());
    }

    @Test
    void aLayerThatCannotSayWhatItKeepsIsUnknown() {
        MultiLayerNetwork net = list(InputType.feedForward(FEATURES), new UnpredictableNorm(), output());
        MemoryListener memory = new MemoryListener();
        net.setListeners(memory);
        assertDoesNotThrow(() -> net.fit(new DataSet(Nd4j.ones(MB, FEATURES), Nd4j.eye(2))));
        MemoryReport.Row rstd = rows(memory).get("norm/norm_rstd");
        assertEquals(MB * Float.BYTES, rstd.bytes());
        assertEquals(-1, rstd.predicted());
        String line = memory.report()
                .toString()
                .lines()
                .filter(l -> l.startsWith("norm"))
                .findFirst()
                .orElseThrow();
        assertTrue(line.contains("unknown"), line);
        assertEquals(
                rows(memory).get("norm/output").bytes(),
                rows(memory).get("norm/output").predicted());
    }
}
