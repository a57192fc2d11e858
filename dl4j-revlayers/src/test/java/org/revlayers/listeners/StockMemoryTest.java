package org.revlayers.listeners;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.memory.MemoryReport;

/** The report counts what DL4J's own layers hold inside, and nothing where they hold nothing. */
class StockMemoryTest {

    private static final int MB = 2;
    private static final int FEATURES = 5;
    private static final int WIDTH = 400;

    private static List<MemoryReport.Row> inside(
            WorkspaceMode mode, InputType input, DataSet data, int steps, Layer... layers) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Sgd(0.1))
                .trainingWorkspaceMode(mode)
                .list(layers)
                .setInputType(input)
                .build());
        net.init();
        MemoryListener memory = new MemoryListener();
        net.setListeners(memory);
        for (int i = 0; i < steps; i++) {
            net.fit(data);
        }
        return memory.report().rows().stream()
                .filter(r -> r.layer().equals("(DL4J's layers)"))
                .toList();
    }

    private static List<MemoryReport.Row> dropping(WorkspaceMode mode, int steps) {
        return inside(
                mode,
                InputType.feedForward(FEATURES),
                new DataSet(Nd4j.ones(DataType.FLOAT, MB, FEATURES), Nd4j.ones(DataType.FLOAT, MB, 2)),
                steps,
                new DenseLayer.Builder().nOut(WIDTH).activation(Activation.RELU).build(),
                new DenseLayer.Builder()
                        .nOut(FEATURES)
                        .dropOut(0.5)
                        .activation(Activation.RELU)
                        .build(),
                new OutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build());
    }

    @Test
    void inputWithDropout() {
        List<MemoryReport.Row> rows = dropping(WorkspaceMode.ENABLED, 1);
        assertEquals(1, rows.size());
        long array = (long) MB * WIDTH * Float.BYTES; // and the mask, of the same size
        assertTrue(rows.get(0).bytes() >= array && rows.get(0).bytes() < 3 * array, rows + " for arrays of " + array);
        assertEquals(-1, rows.get(0).predicted());
        assertEquals(rows, dropping(WorkspaceMode.ENABLED, 3), "in every step");
        assertEquals(List.of(), dropping(WorkspaceMode.NONE, 1), "nobody knows without workspaces");
    }

    @Test
    void nothingWhereOutputsAreAll() {
        DataSet data = new DataSet(Nd4j.ones(DataType.FLOAT, MB, FEATURES), Nd4j.ones(DataType.FLOAT, MB, 2));
        assertEquals(
                List.of(),
                inside(
                        WorkspaceMode.ENABLED,
                        InputType.feedForward(FEATURES),
                        data,
                        2,
                        new DenseLayer.Builder()
                                .nOut(40)
                                .activation(Activation.RELU)
                                .build(),
                        new LayerNormalization.Builder().build(),
                        new DenseLayer.Builder()
                                .nOut(40)
                                .activation(Activation.TANH)
                                .build(),
                        new OutputLayer.Builder()
                                .nOut(2)
                                .activation(Activation.SOFTMAX)
                                .build()));
    }
}
