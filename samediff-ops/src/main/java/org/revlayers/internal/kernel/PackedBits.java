package org.revlayers.internal.kernel;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.indexer.UByteIndexer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One or two bits per element in a UINT8 array: the first element in the lowest bits of the first byte, unused bits zero. */
public final class PackedBits {

    private final INDArray owner; // held so that the memory outlives the accessor
    private final UByteIndexer bytes;
    private final int width;

    /** How many bytes the mask bits of so many elements take. */
    public static long maskBytes(long elements) {
        return (elements + 7) / 8;
    }

    private PackedBits(INDArray array, int width) {
        this.owner = array;
        this.bytes = UByteIndexer.create(new BytePointer(array.data().addressPointer()).capacity(array.length()));
        this.width = width;
    }

    /** 2-bit codes, or null for null. */
    public static PackedBits codes(INDArray array) {
        return array == null ? null : new PackedBits(array, 2);
    }

    /** 1-bit masks, or null for null. */
    public static PackedBits mask(INDArray array) {
        return array == null ? null : new PackedBits(array, 1);
    }

    /** Whole bytes, or null for null. */
    public static PackedBits bytes(INDArray array) {
        return array == null ? null : new PackedBits(array, Byte.SIZE);
    }

    public int get(long element) {
        long bit = element * width;
        return bytes.get(bit >> 3) >> (bit & 7) & (1 << width) - 1;
    }

    /** The sum of a stretch: how many bits of a mask are set. */
    public long count(long from, long to) {
        long sum = 0;
        for (long i = from; i < to; i++) {
            sum += get(i);
        }
        return sum;
    }

    /** Writes the bytes of elements {@code from} and on; {@code from} must begin a byte, and the last byte is filled with zeros. */
    public void store(long from, byte[] values) {
        int perByte = 8 / width;
        long at = from / perByte;
        for (int i = 0; i < values.length; i += perByte, at++) {
            int packed = 0;
            for (int j = Math.min(perByte, values.length - i); j-- > 0; ) {
                packed = packed << width | values[i + j];
            }
            bytes.put(at, packed);
        }
    }

    public long length() {
        return owner.length();
    }
}
