package org.revlayers.kernel.stream;

import static org.revlayers.kernel.Buffers.address;
import static org.revlayers.kernel.NativeCall.run;
import static org.revlayers.kernel.NativeCall.told;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Buffers;
import org.revlayers.kernel.NativeKernels;
import org.revlayers.kernel.NativeLibrary;

/**
 * The streams in C++, beside the kernels of {@link NativeKernels}, with whose threads and instruction set they run. DOUBLE and HALF values go to
 * the portable implementation.
 */
public final class NativeStreams implements StreamKernels {

    private final NativeKernels kernels;
    private final StreamKernels others;

    /**
     * Uses the library that {@code kernels} has loaded.
     *
     * @param others runs values of every type but FLOAT
     */
    public NativeStreams(NativeKernels kernels, StreamKernels others) {
        this.kernels = kernels;
        this.others = others;
    }

    @Override
    public String name() {
        return kernels.name();
    }

    /** Null counts as fp32, so that the check of the arguments names it. */
    private static boolean isFloat(INDArray array) {
        return array == null || array.dataType() == DataType.FLOAT;
    }

    @Override
    public long start(INDArray x, int scale, INDArray X) {
        if (!isFloat(x)) {
            return others.start(x, scale, X);
        }
        StreamArguments.start(x, scale, X);
        return told(() -> NativeLibrary.rl_stream_start(address(x), Math.scalb(1.0, scale), address(X), x.length()));
    }

    @Override
    public void values(INDArray X, int scale, INDArray x) {
        if (!isFloat(x)) {
            others.values(X, scale, x);
            return;
        }
        StreamArguments.values(X, scale, x);
        run(() -> NativeLibrary.rl_stream_values(address(X), Math.scalb(1.0, -scale), address(x), x.length()));
    }

    @Override
    public void scale(INDArray X, int b, int q, INDArray Y) {
        StreamArguments.scale(X, b, q, Y);
        run(() -> NativeLibrary.rl_stream_scale(address(X), (double) b / q, address(Y), X.length()));
    }

    @Override
    public long couple(
            INDArray f, INDArray X, INDArray Y, int a, int b, int q, int scale, INDArray side, INDArray next) {
        if (!isFloat(f)) {
            return others.couple(f, X, Y, a, b, q, scale, side, next);
        }
        StreamArguments.couple(f, X, Y, a, b, q, scale, side, next);
        boolean kept = side != null;
        return told(() -> NativeLibrary.rl_stream_couple(
                address(f),
                address(X),
                address(Y),
                (double) a / q,
                (double) b / q,
                kept ? (double) q / b : 0,
                Math.scalb(1.0, scale),
                kept ? StreamKernels.sideBits(b, q) : 0,
                address(side),
                address(next),
                f.length()));
    }

    @Override
    public void restoreInput(INDArray Yp, INDArray side, int b, int q, int scale, INDArray x) {
        if (!isFloat(x)) {
            others.restoreInput(Yp, side, b, q, scale, x);
            return;
        }
        StreamArguments.restoreInput(Yp, side, b, q, scale, x);
        run(() -> NativeLibrary.rl_stream_restore_input(
                address(Yp),
                address(side),
                StreamKernels.sideBits(b, q),
                (double) q / b,
                Math.scalb(1.0, -scale),
                address(x),
                Yp.length()));
    }

    @Override
    public void restorePrevious(INDArray Xp, INDArray X, INDArray f, int a, int q, int scale) {
        if (!isFloat(f)) {
            others.restorePrevious(Xp, X, f, a, q, scale);
            return;
        }
        StreamArguments.restorePrevious(Xp, X, f, a, q, scale);
        run(() -> NativeLibrary.rl_stream_restore_previous(
                address(Xp), address(X), address(f), (double) a / q, Math.scalb(1.0, scale), f.length()));
    }

    @Override
    public long checksum(INDArray X) {
        Buffers.contiguous("X", X);
        return told(() -> NativeLibrary.rl_stream_checksum(
                address(X), X.length() * X.dataType().width()));
    }

    @Override
    public void sum(INDArray f, double alpha, INDArray x, double beta, INDArray y, INDArray out) {
        if (!isFloat(f)) {
            others.sum(f, alpha, x, beta, y, out);
            return;
        }
        StreamArguments.sum(f, alpha, x, beta, y, out);
        run(() -> NativeLibrary.rl_stream_sum(
                address(f),
                (float) alpha,
                address(alpha == 0 ? null : x),
                (float) beta,
                address(beta == 0 ? null : y),
                address(out),
                f.length()));
    }

    @Override
    public void difference(INDArray y, INDArray f, double alpha, INDArray x, INDArray out) {
        if (!isFloat(f)) {
            others.difference(y, f, alpha, x, out);
            return;
        }
        StreamArguments.difference(y, f, alpha, x, out);
        run(() -> NativeLibrary.rl_stream_difference(
                address(y), address(f), (float) alpha, address(alpha == 0 ? null : x), address(out), f.length()));
    }
}
