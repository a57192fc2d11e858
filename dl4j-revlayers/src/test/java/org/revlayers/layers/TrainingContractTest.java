package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Training depends on seed and data only: not on workspaces or on what batches came before; in both types. */
class TrainingContractTest {

    private static final int[] BATCHES = {4, 1, 3, 4};

    private static INDArray train(LayerCase layerCase, DataType type, WorkspaceMode mode) {
        MultiLayerNetwork net =
                layerCase.net(type, o -> o.trainingWorkspaceMode(mode).inferenceWorkspaceMode(mode));
        for (int i = 0; i < BATCHES.length; i++) {
            net.fit(layerCase.data(type, BATCHES[i], i));
        }
        assertTrue(net.params().dataType() == type, "parameters of the network's type");
        assertFalse(Double.isNaN(net.params().sumNumber().doubleValue()), "finite parameters");
        return net.params();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void workspacesDoNotChangeAnything(LayerCase layerCase) {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            INDArray with = train(layerCase, type, WorkspaceMode.ENABLED);
            Compare.same(with, train(layerCase, type, WorkspaceMode.NONE), type + " without workspaces");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void trainingLowersTheLoss(LayerCase layerCase) {
        MultiLayerNetwork net = layerCase.net();
        var data = layerCase.data(3, 1);
        double before = net.score(data, false);
        for (int i = 0; i < 6; i++) {
            net.fit(data);
        }
        double after = net.score(data, false);
        assertTrue(after < before, () -> before + " before, " + after + " after");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void epochsWithPartialLastBatchRepeat(LayerCase layerCase) {
        INDArray first = epochs(layerCase);
        Compare.same(first, epochs(layerCase), "the same seed again");
    }

    private static INDArray epochs(LayerCase layerCase) {
        MultiLayerNetwork net = layerCase.net();
        net.fit(new ListDataSetIterator<>(layerCase.data(5, 1).asList(), 2), 2);
        return net.params();
    }
}
