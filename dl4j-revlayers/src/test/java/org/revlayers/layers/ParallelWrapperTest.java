package org.revlayers.layers;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.listeners.StartTogether;

/** Two replicas, averaged after every step, each on its half of a batch, are one network on the whole batch. */
class ParallelWrapperTest {

    private static final int ROUNDS = 2;

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void twoReplicasAreOneNetwork(LayerCase layerCase) throws Exception {
        if (layerCase.name().contains("drop path") || layerCase.name().contains("random signs")) {
            return; // both replicas draw alike, by their own examples' numbers
        }
        MultiLayerNetwork one = layerCase.net(DataType.DOUBLE, o -> o.updater(new Sgd(0.1)));
        MultiLayerNetwork start = one.clone();
        List<DataSet> halves = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            DataSet left = layerCase.data(DataType.DOUBLE, 2, 2 * round + 1);
            DataSet right = layerCase.data(DataType.DOUBLE, 2, 2 * round + 2);
            halves.addAll(List.of(left, right));
            one.fit(DataSet.merge(List.of(left, right)));
        }
        INDArray two = inParallel(start, halves);
        Compare.near(one.params(), two, Tolerances.DOUBLE_ORDER, "parameters");
    }

    private static INDArray inParallel(MultiLayerNetwork net, List<DataSet> batches) throws Exception {
        List<DataSet> examples =
                batches.stream().flatMap(d -> d.asList().stream()).toList();
        try (ParallelWrapper wrapper = new ParallelWrapper.Builder<>(net)
                .workers(2)
                .prefetchBuffer(2)
                .averagingFrequency(1)
                .trainingMode(ParallelWrapper.TrainingMode.AVERAGING)
                .build()) {
            wrapper.setListeners(new StartTogether(wrapper.getWorkers()));
            wrapper.fit(new ListDataSetIterator<>(examples, 2));
        }
        return net.params();
    }
}
