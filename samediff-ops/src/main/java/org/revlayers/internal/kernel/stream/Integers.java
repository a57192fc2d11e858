package org.revlayers.internal.kernel.stream;

import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.indexer.IntIndexer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The elements of a contiguous INT32 array, counted from its first one. */
final class Integers {

    private final INDArray owner; // held so that the memory outlives the accessor
    private final IntIndexer data;

    Integers(INDArray array) {
        owner = array;
        data = IntIndexer.create(new IntPointer(array.data().addressPointer()).capacity(array.length()));
    }

    int get(long index) {
        return data.get(index);
    }

    void set(long index, int value) {
        data.put(index, value);
    }

    /** Writes what fits: ±(2³¹−1) for what does not, 0 for NaN. */
    void saturate(long index, double value) {
        data.put(index, (int) Math.max(value, -Integer.MAX_VALUE));
    }

    long length() {
        return owner.length();
    }
}
