package org.revlayers.examples.finetune;

import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.examples.SmallModels;
import org.revlayers.examples.data.BatchIterator;
import org.revlayers.keep.Memory;

/** Images of two classes for a residual graph of stock layers, as many as {@link ToyTask} has items. */
final class ToyGraphTask implements Task {

    private static final int ITEMS = 22;
    private static final int SIDE = 6;

    private final INDArray images = Transforms.sin(Nd4j.linspace(DataType.FLOAT, 0, 97.3, ITEMS * 2 * SIDE * SIDE))
            .reshape('c', ITEMS, 2, SIDE, SIDE);

    private BatchIterator items(Long seed) {
        return new BatchIterator(IntStream.range(0, ITEMS).toArray(), 4, seed) {
            private static final long serialVersionUID = 1L;

            @Override
            protected DataSet make(int[] items) {
                int[] labels = new int[items.length];
                for (int i = 0; i < items.length; i++) {
                    labels[i] = items[i] % 2;
                }
                return new DataSet(
                        images.get(NDArrayIndex.indices(longs(items))).dup('c'), oneHot(labels, 2));
            }

            @Override
            public List<String> getLabels() {
                return List.of("a", "b");
            }

            @Override
            public int inputColumns() {
                return SIDE;
            }
        };
    }

    private static long[] longs(int... items) {
        return IntStream.of(items).asLongStream().toArray();
    }

    @Override
    public String describe() {
        return "toy graph";
    }

    @Override
    public BatchIterator train(long seed) {
        return items(seed);
    }

    @Override
    public BatchIterator test() {
        return items(null);
    }

    @Override
    public ComputationGraph network(Memory memory, WarmUpSchedule rate, long seed) {
        return SmallModels.residual(SIDE, 2, seed, new Adam(rate));
    }

    @Override
    public double learningRate() {
        return 1e-2;
    }
}
