package org.revlayers.chain;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.stream.StreamKernels;
import org.revlayers.kernel.stream.StreamSum;
import org.revlayers.memory.Arena;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamType;

/**
 * {@link StreamType#FLOAT} and {@link StreamType#DOUBLE}: (F + α·x) + y, inverted in the same order of operations. Wider than the network's
 * type, f and x are widened first.
 */
final class FloatingStreams extends Streams {

    private final StreamKernels kernels = StreamKernels.get();
    private final DataType type;
    private final boolean watched;
    private double largest;

    /**
     * @param type    of the streams
     * @param watched whether anybody wants to know {@link #largest}, a pass over memory per sub-block
     */
    FloatingStreams(DataType type, boolean watched) {
        super(type);
        this.type = type;
        this.watched = watched;
    }

    @Override
    void read(INDArray values, INDArray stream) {
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
            return;
        }
        if (to != from) {
            to.assign(from);
        }
        to.muli(c.beta());
    }

    @Override
    void couple(INDArray f, Coefficients c, INDArray side, INDArray next) {
        try (Arena.Scratch scratch = arena.scratch()) {
            kernels.sum(new StreamSum(wide(f, scratch), c.alpha(), x, 1, y, y));
        }
        scale(x, c, x);
        swap();
        x(next);
        watch(next);
    }

    private void watch(INDArray values) {
        if (watched) {
            largest = Math.max(largest, values.amaxNumber().doubleValue());
        }
    }

    private INDArray wide(INDArray f, Arena.Scratch scratch) {
        return f.dataType() == type ? f : scratch.take(type, f.shape()).assign(f);
    }

    @Override
    void restoreInput(Coefficients c, INDArray side, INDArray value) {
        y.divi(c.beta());
        value.assign(y);
    }

    @Override
    void restorePrevious(INDArray f, Coefficients c) {
        try (Arena.Scratch scratch = arena.scratch()) {
            kernels.difference(x, wide(f, scratch), c.alpha(), y, x);
        }
        swap();
    }

    @Override
    boolean isExactIn(INDArray output) {
        return output.dataType() == type;
    }

    @Override
    long checksum() {
        return 0;
    }

    @Override
    double largest() {
        return largest;
    }
}
