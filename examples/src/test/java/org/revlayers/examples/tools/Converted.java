package org.revlayers.examples.tools;

import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Named;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.Lean;
import org.revlayers.examples.SmallModels;
import org.revlayers.keep.Memory;
import org.revlayers.reversible.CoefficientSchedule;

/** Networks in whose containers DL4J's tools look: three transformer blocks in a list, three residual blocks in a graph, however they are kept. */
final class Converted {

    static final int STEPS = 6;
    private static final int SIDE = 8;
    private static final int CLASSES = 4;

    private Converted() {}

    /** Ways of keeping that make containers of a list. */
    static Stream<Named<Memory>> ofLists() {
        return Stream.concat(ofGraphs(), Stream.of(Named.of("recompute", Memory.recompute())));
    }

    /** Ways of keeping that make containers of a graph. */
    static Stream<Named<Memory>> ofGraphs() {
        return Stream.of(
                Named.of("reversible", Memory.reversible(CoefficientSchedule.over(2 * STEPS))),
                Named.of("checkpoint", Memory.checkpoint()),
                Named.of("razor", Memory.razor(0.5)),
                Named.of("half", Memory.half()));
    }

    static MultiLayerNetwork list(Memory memory) {
        return Lean.convert(SmallModels.vit(), memory).network();
    }

    static ComputationGraph graph(Memory memory) {
        return Lean.convert(plainGraph(), memory).network();
    }

    static ComputationGraph plainGraph() {
        return SmallModels.residual(SIDE, CLASSES, 3, new Adam(1e-3));
    }

    static DataSetIterator batchesForLists(int count) {
        return batches(count, 3, 32);
    }

    static DataSetIterator batchesForGraphs(int count) {
        return batches(count, 2, SIDE);
    }

    private static DataSetIterator batches(int count, int channels, int side) {
        Random random = new Random(7);
        Function<Integer, DataSet> batch = number -> {
            INDArray features = Nd4j.create(4, channels, side, side);
            for (long i = 0; i < features.length(); i++) {
                features.putScalar(i, random.nextGaussian());
            }
            INDArray labels = Nd4j.zeros(4, CLASSES);
            for (int i = 0; i < 4; i++) {
                labels.putScalar(i, random.nextInt(CLASSES), 1);
            }
            return new DataSet(features, labels);
        };
        List<DataSet> all = Stream.iterate(0, i -> i + 1)
                .limit(count)
                .map(batch)
                .flatMap(data -> data.asList().stream())
                .toList();
        return new ListDataSetIterator<>(all, 4);
    }
}
