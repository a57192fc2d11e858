package org.revlayers.kernel.stream;

import static org.revlayers.kernel.KernelArguments.apart;
import static org.revlayers.kernel.KernelArguments.require;
import static org.revlayers.kernel.KernelArguments.required;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Buffers;
import org.revlayers.kernel.KernelArguments;

/** The argument checks of {@link StreamKernels}, one method per kernel, shared by its implementations. */
final class StreamArguments {

    private static final int LARGEST_DENOMINATOR = 16;
    private static final int LARGEST_FACTOR = 4;
    private static final int LARGEST_SCALE = 30;

    private StreamArguments() {}

    static void start(INDArray x, int scale, INDArray X) {
        KernelArguments.values("x", x);
        scale(scale);
        required("X", X, x.length(), DataType.INT32);
        apart("X", X, "x", x);
    }

    static void values(INDArray X, int scale, INDArray x) {
        start(x, scale, X);
    }

    static void scale(INDArray X, int b, int q, INDArray Y) {
        integers("X", X);
        beta(b, q);
        required("Y", Y, X.length(), DataType.INT32);
        sameOrApart("Y", Y, "X", X);
    }

    static void couple(
            INDArray f, INDArray X, INDArray Y, int a, int b, int q, int scale, INDArray side, INDArray next) {
        DataType type = KernelArguments.values("f", f);
        scale(scale);
        alpha(a, q);
        beta(b, q);
        required("X", X, f.length(), DataType.INT32);
        required("Y", Y, f.length(), DataType.INT32);
        if (side != null) {
            side(side, f.length(), b, q);
        }
        Buffers.match("next", next, f.length(), type);
        apart("X", X, "Y", Y);
        sameOrApart("next", next, "f", f);
        for (INDArray value : new INDArray[] {f, next}) {
            apart("X", X, "f and next", value);
            apart("Y", Y, "f and next", value);
        }
        for (INDArray other : new INDArray[] {f, X, Y, next}) {
            apart("side", side, "f, X, Y and next", other);
        }
    }

    static void restoreInput(INDArray Yp, INDArray side, int b, int q, int scale, INDArray x) {
        integers("Yp", Yp);
        scale(scale);
        inverted(b, q);
        if (side != null || b < q) {
            side(side, Yp.length(), b, q);
        }
        if (x != null) {
            required("x", x, Yp.length(), KernelArguments.values("x", x));
        }
        apart("Yp", Yp, "side", side);
        apart("x", x, "Yp", Yp);
        apart("x", x, "side", side);
    }

    static void restorePrevious(INDArray Xp, INDArray X, INDArray f, int a, int q, int scale) {
        KernelArguments.values("f", f);
        scale(scale);
        alpha(a, q);
        required("Xp", Xp, f.length(), DataType.INT32);
        required("X", X, f.length(), DataType.INT32);
        apart("Xp", Xp, "X", X);
        apart("Xp", Xp, "f", f);
    }

    static void sum(INDArray f, double alpha, INDArray x, double beta, INDArray y, INDArray out) {
        DataType type = KernelArguments.values("f", f);
        term("alpha", alpha, "x", x, f, type);
        term("beta", beta, "y", y, f, type);
        required("out", out, f.length(), type);
        sameOrApart("out", out, "f", f);
        sameOrApart("out", out, "x", x);
        sameOrApart("out", out, "y", y);
    }

    static void difference(INDArray y, INDArray f, double alpha, INDArray x, INDArray out) {
        sum(f, alpha, x, 1, y, out);
    }

    /** Throws unless β = b/q can be divided by. */
    static void inverted(int b, int q) {
        beta(b, q);
        require(b != 0, "β = b/q = 0 cannot be inverted: take b >= 1, so that a trace of X is left in Y'; got 0/" + q);
    }

    private static void beta(int b, int q) {
        denominator(q);
        require(b >= 0 && b <= q, "β = b/q must be from 0 to 1, 0 <= b <= q; got " + b + "/" + q);
    }

    private static void alpha(int a, int q) {
        denominator(q);
        int most = LARGEST_FACTOR * q;
        require(a >= -most && a <= most, "α = a/q must be from -4 to 4, -4q <= a <= 4q; got " + a + "/" + q);
    }

    private static void denominator(int q) {
        require(
                q >= 1 && q <= LARGEST_DENOMINATOR && Integer.bitCount(q) == 1,
                "the denominator q of α and β must be 1, 2, 4, 8 or 16; got " + q);
    }

    private static void scale(int scale) {
        require(
                scale >= 0 && scale <= LARGEST_SCALE,
                "scale is how many bits lie behind the binary point, 0 to 30; got " + scale);
    }

    private static void integers(String name, INDArray array) {
        Buffers.require(
                Buffers.contiguous(name, array).dataType() == DataType.INT32,
                name + " must be INT32: make it with StreamKernels.start",
                array);
    }

    private static void side(INDArray side, long elements, int b, int q) {
        long bytes = StreamKernels.sideBytes(elements, b, q);
        Buffers.require(
                bytes > 0 || side == null, "β = " + b + "/" + q + " leaves no side values: side must be null", side);
        required("side", side, bytes, DataType.UINT8);
    }

    private static void term(String factor, double value, String name, INDArray array, INDArray f, DataType type) {
        require(Double.isFinite(value), factor + " must be finite, not " + value);
        if (value != 0) {
            required(name, array, f.length(), type);
        } else {
            Buffers.match(name, array, f.length(), type);
        }
    }

    /** Throws if the two arrays share a part of their memory only. */
    private static void sameOrApart(String nameA, INDArray a, String nameB, INDArray b) {
        if (a != null && b != null && Buffers.address(a) != Buffers.address(b)) {
            apart(nameA, a, nameB, b);
        }
    }
}
