package org.revlayers.internal.kernel.stream;

import static org.revlayers.internal.kernel.Buffers.apart;
import static org.revlayers.internal.kernel.Buffers.require;
import static org.revlayers.internal.kernel.Buffers.required;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Buffers;

/** What the argument checks of {@link StreamKernels} have in common. */
final class StreamArguments {

    private static final int LARGEST_DENOMINATOR = 16;
    private static final int LARGEST_FACTOR = 4;
    private static final int LARGEST_SCALE = 30;

    private StreamArguments() {}

    /** Throws unless β = b/q can be divided by. */
    static void inverted(int b, int q) {
        beta(b, q);
        require(b != 0, "β = b/q = 0 cannot be inverted: take b >= 1, so that a trace of X is left in Y'; got 0/" + q);
    }

    static void beta(int b, int q) {
        denominator(q);
        require(b >= 0 && b <= q, "β = b/q must be from 0 to 1, 0 <= b <= q; got " + b + "/" + q);
    }

    static void alpha(int a, int q) {
        denominator(q);
        int most = LARGEST_FACTOR * q;
        require(a >= -most && a <= most, "α = a/q must be from -4 to 4, -4q <= a <= 4q; got " + a + "/" + q);
    }

    private static void denominator(int q) {
        require(
                q >= 1 && q <= LARGEST_DENOMINATOR && Integer.bitCount(q) == 1,
                "the denominator q of α and β must be 1, 2, 4, 8 or 16; got " + q);
    }

    static void scale(int scale) {
        require(
                scale >= 0 && scale <= LARGEST_SCALE,
                "scale is how many bits lie behind the binary point, 0 to 30; got " + scale);
    }

    static void integers(String name, INDArray array) {
        Buffers.require(
                Buffers.contiguous(name, array).dataType() == DataType.INT32,
                name + " must be INT32: make it with StreamKernels.start",
                array);
    }

    static void side(INDArray side, long elements, int b, int q) {
        long bytes = StreamKernels.sideBytes(elements, b, q);
        Buffers.require(
                bytes > 0 || side == null, "β = " + b + "/" + q + " leaves no side values: side must be null", side);
        required("side", side, bytes, DataType.UINT8);
    }

    /** Throws if the two arrays share a part of their memory only. */
    static void sameOrApart(String nameA, INDArray a, String nameB, INDArray b) {
        if (a != null && b != null && Buffers.place(a) != Buffers.place(b)) {
            apart(nameA, a, nameB, b);
        }
    }
}
