package org.revlayers.examples.data;

import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Batches over a fixed set of items. With a shuffle seed, every {@link #reset} starts an epoch in another order; the
 * sequence of orders depends on the seed only. The last batch may be smaller. Unlike DataVec's iterators it finds the place where a
 * run was stopped ({@link #seek}) without reading what is before it.
 */
public abstract class BatchIterator implements DataSetIterator {

    private static final long serialVersionUID = 1L;
    private static final long EPOCH = 0x9E3779B97F4A7C15L;

    private final int[] items;
    private final int batch;
    private final Long seed;
    private int[] order;
    private int epoch;
    private int at;
    private transient DataSetPreProcessor preProcessor;

    /**
     * @param items numbers that {@link #make} understands
     * @param batch items in a batch
     * @param seed  shuffles every epoch; null keeps the order
     */
    protected BatchIterator(int[] items, int batch, Long seed) {
        if (items.length == 0 || batch < 1) {
            throw new IllegalArgumentException("an iterator needs items and a batch of at least 1, it got "
                    + items.length + " items and a batch of " + batch);
        }
        this.items = items.clone();
        this.batch = batch;
        this.seed = seed;
        this.order = epochOrder();
    }

    /** A batch of these items. */
    protected abstract DataSet make(int[] items);

    /** Number of items in an epoch. */
    public int size() {
        return items.length;
    }

    private int[] epochOrder() {
        if (seed == null) {
            return items;
        }
        int[] shuffled = Shuffle.order(items.length, seed + EPOCH * epoch);
        return Arrays.stream(shuffled).map(i -> items[i]).toArray();
    }

    /** {@code [labels.length, classes]}. */
    protected static INDArray oneHot(int[] labels, int classes) {
        float[] out = new float[labels.length * classes];
        for (int i = 0; i < labels.length; i++) {
            out[i * classes + labels[i]] = 1;
        }
        return Nd4j.create(out, new long[] {labels.length, classes}, 'c');
    }

    @Override
    public boolean hasNext() {
        return at < order.length;
    }

    @Override
    public DataSet next() {
        return next(batch);
    }

    @Override
    public DataSet next(int count) {
        if (!hasNext()) {
            throw new NoSuchElementException("the epoch of " + items.length + " items is over: call reset()");
        }
        int end = Math.min(order.length, at + count);
        DataSet data = make(Arrays.copyOfRange(order, at, end));
        at = end;
        if (preProcessor != null) {
            preProcessor.preProcess(data);
        }
        return data;
    }

    /** Goes to a place without making what is before it. */
    public void seek(int newEpoch, int batches) {
        epoch = newEpoch;
        order = epochOrder();
        at = Math.min(order.length, batches * batch);
    }

    @Override
    public void reset() {
        if (at > 0) {
            epoch++;
            order = epochOrder();
            at = 0;
        }
    }

    @Override
    public int totalOutcomes() {
        return getLabels().size();
    }

    @Override
    public abstract List<String> getLabels();

    @Override
    public boolean resetSupported() {
        return true;
    }

    @Override
    public boolean asyncSupported() {
        return true;
    }

    @Override
    public int batch() {
        return batch;
    }

    @Override
    public void setPreProcessor(DataSetPreProcessor preProcessor) {
        this.preProcessor = preProcessor;
    }

    @Override
    public DataSetPreProcessor getPreProcessor() {
        return preProcessor;
    }
}
