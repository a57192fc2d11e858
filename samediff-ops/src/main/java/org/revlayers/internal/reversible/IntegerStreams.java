package org.revlayers.internal.reversible;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.stream.Coupling;
import org.revlayers.internal.kernel.stream.InputRestore;
import org.revlayers.internal.kernel.stream.PreviousRestore;
import org.revlayers.internal.kernel.stream.StreamKernels;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamType;

/**
 * {@link StreamType#EXACT}: integers times 2^−S, with {@link StreamKernels}, whose β is not negative: y = −⌊|β|·x⌋ is what they give for |β|, its
 * sign changed behind them and back again in front of the inverse.
 */
final class IntegerStreams extends Streams {

    /** Integers below this are exact as fp32 numbers. */
    private static final long EXACT_IN_FLOAT = 1L << 24;

    private final StreamKernels kernels = StreamKernels.get();
    private final int scale;
    private long largest;
    private long largestLast;

    /** @param scale S */
    IntegerStreams(int scale) {
        super(DataType.INT32);
        this.scale = scale;
    }

    @Override
    public void read(INDArray values, INDArray stream) {
        note(kernels.start(values, scale, stream));
    }

    private void note(long magnitude) {
        largestLast = magnitude;
        largest = Math.max(largest, magnitude);
    }

    @Override
    void write(INDArray stream, INDArray values) {
        kernels.values(stream, scale, values);
    }

    @Override
    void scale(INDArray from, Coefficients c, INDArray to) {
        kernels.scale(from, c.magnitude(), c.q(), to);
        sign(c, to);
    }

    private static void sign(Coefficients c, INDArray stream) {
        if (c.b() < 0) {
            stream.negi();
        }
    }

    @Override
    public void couple(INDArray f, Coefficients c, INDArray side, INDArray next) {
        note(kernels.couple(new Coupling(f, x(), y(), c.a(), c.magnitude(), c.q(), scale, side, next)));
        swap();
        sign(c, y());
    }

    @Override
    public void restoreInput(Coefficients c, INDArray side, INDArray value) {
        sign(c, y());
        kernels.restoreInput(new InputRestore(y(), side, c.magnitude(), c.q(), scale, value));
    }

    @Override
    public void restorePrevious(INDArray f, Coefficients c) {
        kernels.restorePrevious(new PreviousRestore(x(), y(), f, c.a(), c.q(), scale));
        swap();
    }

    @Override
    public void negate(double... samples) {
        boolean[] negative = new boolean[samples.length];
        for (int i = 0; i < samples.length; i++) {
            negative[i] = samples[i] < 0;
        }
        kernels.negate(y(), negative);
    }

    @Override
    public boolean isExactIn(INDArray output) {
        return output.dataType() == DataType.FLOAT && largestLast < EXACT_IN_FLOAT;
    }

    @Override
    public long checksum() {
        return kernels.checksum(x()) * 31 + kernels.checksum(y());
    }

    @Override
    public double largest() {
        return largest == Long.MAX_VALUE ? Double.POSITIVE_INFINITY : Math.scalb((double) largest, -scale);
    }

    @Override
    public void requireFit(String chain, String where, String remedy) {
        if (largest == Long.MAX_VALUE) {
            throw new ArithmeticException("chain \"" + chain + "\", " + where + ": a value is not finite or above "
                    + Math.scalb(1.0, 31 - scale) + ", the range of its integer streams at " + scale
                    + " bits; nothing was updated: " + remedy);
        }
    }
}
