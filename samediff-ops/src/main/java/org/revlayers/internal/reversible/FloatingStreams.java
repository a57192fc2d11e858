package org.revlayers.internal.reversible;

import java.util.Arrays;
import java.util.function.Consumer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.stream.SampleSum;
import org.revlayers.internal.kernel.stream.StreamKernels;
import org.revlayers.internal.kernel.stream.StreamSum;
import org.revlayers.internal.memory.ArraySource;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamType;

/**
 * {@link StreamType#FLOAT} and {@link StreamType#DOUBLE}: (F + α·x) + y, inverted in the same order of operations. Wider than the network's
 * type, f and x are widened first.
 */
final class FloatingStreams extends Streams {

    private final StreamKernels kernels = StreamKernels.get();
    private final boolean watched;
    private final ArraySource arrays;
    private double largest;

    /**
     * @param type    of the streams
     * @param watched whether anybody wants to know {@link #largest}, a pass over memory per sub-block
     * @param arrays  for values that are widened
     */
    FloatingStreams(DataType type, boolean watched, ArraySource arrays) {
        super(type);
        this.watched = watched;
        this.arrays = arrays;
    }

    @Override
    public void read(INDArray values, INDArray stream) {
        stream.assign(values);
        watch(stream);
    }

    @Override
    void write(INDArray stream, INDArray values) {
        values.assign(stream);
    }

    @Override
    void scale(INDArray from, Coefficients c, INDArray to) {
        if (c.b() == 0) {
            to.assign(0);
        } else {
            from.muli(c.beta(), to);
        }
    }

    @Override
    public void couple(INDArray f, Coefficients c, INDArray side, INDArray next) {
        wide(f, g -> kernels.sum(new StreamSum(g, c.alpha(), x(), 1, y(), y())));
        scale(x(), c, x());
        swap();
        if (next != null) {
            x(next);
            watch(next);
        }
    }

    private void watch(INDArray values) {
        if (watched) {
            largest = Math.max(largest, values.amaxNumber().doubleValue());
        }
    }

    /** Gives f in the streams' type. */
    private void wide(INDArray f, Consumer<INDArray> use) {
        if (f.dataType() == type()) {
            use.accept(f);
            return;
        }
        INDArray wide = arrays.take(type(), f.shape());
        try {
            use.accept(wide.assign(f));
        } finally {
            arrays.give(wide);
        }
    }

    @Override
    public void restoreInput(Coefficients c, INDArray side, INDArray value) {
        y().divi(c.beta());
        value.assign(y());
    }

    @Override
    public void restorePrevious(INDArray f, Coefficients c) {
        wide(f, g -> kernels.difference(x(), g, c.alpha(), y(), x()));
        swap();
    }

    /** y − 2·y, which is exact. */
    @Override
    public void negate(double... samples) {
        double[] twice = Arrays.stream(samples).map(s -> s < 0 ? -2 : 0).toArray();
        kernels.sum(new SampleSum(y(), twice, y(), new double[samples.length], null, y()));
    }

    @Override
    public boolean isExactIn(INDArray output) {
        return output.dataType() == type();
    }

    @Override
    public long checksum() {
        return 0;
    }

    @Override
    public double largest() {
        return largest;
    }

    /** Every number has its like in floating point. */
    @Override
    public void requireFit(String chain, String where, String remedy) {}
}
