package org.revlayers.examples.finetune;

import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.examples.data.BatchIterator;

/** Batches of features that were computed before: {@code [mb, tokens, features]} and one-hot labels. */
final class FeatureIterator extends BatchIterator {

    private static final long serialVersionUID = 1L;

    private final transient INDArray features;
    private final int[] labels;
    private final List<String> classes;

    /**
     * @param features {@code [items, tokens, features]}
     * @param labels   class of every item
     * @param seed     shuffles every epoch; null keeps the order
     */
    FeatureIterator(INDArray features, int[] labels, List<String> classes, int batch, Long seed) {
        super(IntStream.range(0, labels.length).toArray(), batch, seed);
        this.features = features;
        this.labels = labels.clone();
        this.classes = List.copyOf(classes);
    }

    @Override
    protected DataSet make(int[] items) {
        INDArray batch = Nd4j.createUninitialized(
                DataType.FLOAT, new long[] {items.length, features.size(1), features.size(2)}, 'c');
        for (int i = 0; i < items.length; i++) {
            batch.get(NDArrayIndex.point(i), NDArrayIndex.all(), NDArrayIndex.all())
                    .assign(features.get(NDArrayIndex.point(items[i]), NDArrayIndex.all(), NDArrayIndex.all()));
        }
        int[] chosen = IntStream.of(items).map(i -> labels[i]).toArray();
        return new DataSet(batch, oneHot(chosen, classes.size()));
    }

    @Override
    public List<String> getLabels() {
        return classes;
    }

    @Override
    public int inputColumns() {
        return (int) features.size(2);
    }
}
