package org.revlayers.internal.kernel.stream;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.indexer.UByteIndexer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The side values of {@link StreamKernels#couple}: a byte for each bit of eight elements, the first element in its lowest bit. */
final class SideValues {

    private static final int GROUP = 8;

    private final INDArray owner; // held so that the memory outlives the accessor
    private final UByteIndexer planes;
    private final int width;

    private SideValues(INDArray array, int width) {
        this.owner = array;
        this.planes = UByteIndexer.create(new BytePointer(array.data().addressPointer()).capacity(array.length()));
        this.width = width;
    }

    /** The values of {@code width} bits, or null for null. */
    static SideValues of(INDArray array, int width) {
        return array == null ? null : new SideValues(array, width);
    }

    int get(long element) {
        int value = 0;
        for (int k = 0; k < width; k++) {
            value |= (planes.get(element / GROUP * width + k) >> element % GROUP & 1) << k;
        }
        return value;
    }

    /** Writes the bytes of elements {@code from} and on; {@code from} must begin a group, and the last group is filled with zeros. */
    void store(long from, int[] values) {
        for (int i = 0; i < values.length; i += GROUP) {
            for (int k = 0; k < width; k++) {
                int plane = 0;
                for (int j = 0; j < Math.min(GROUP, values.length - i); j++) {
                    plane |= (values[i + j] >> k & 1) << j;
                }
                planes.put((from + i) / GROUP * width + k, plane);
            }
        }
    }

    long length() {
        return owner.length();
    }
}
