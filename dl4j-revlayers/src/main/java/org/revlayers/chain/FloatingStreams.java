package org.revlayers.chain;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.StreamKernels;
import org.revlayers.memory.Arena;
import org.revlayers.memory.Form;
import org.revlayers.memory.Kept;

/**
 * {@link StreamType#FLOAT} and {@link StreamType#DOUBLE}: (F + α·x) + y, inverted in the same order of operations. Wider than the network's
 * type, f and x are widened first.
 */
final class FloatingStreams implements Streams {

    private final StreamKernels kernels = StreamKernels.get();
    private final Arena arena = Arena.current();
    private final DataType type;
    private INDArray x;
    private INDArray y;
    private double largest;

    /** @param type of the streams */
    FloatingStreams(DataType type) {
        this.type = type;
    }

    @Override
    public void begin(INDArray input, INDArray other, Coefficients first) {
        x = arena.take(type, input.shape());
        y = arena.take(type, input.shape());
        x.assign(input);
        if (other != null) {
            y.assign(other);
        } else {
            scaled(x, first, y);
        }
        largest = x.amaxNumber().doubleValue();
    }

    private void scaled(INDArray from, Coefficients c, INDArray to) {
        if (c.b() == 0) {
            to.assign(0);
        } else {
            to.assign(from);
            to.muli(c.beta());
        }
    }

    @Override
    public void x(INDArray out) {
        out.assign(x);
    }

    @Override
    public void y(INDArray out) {
        out.assign(y);
    }

    @Override
    public void couple(INDArray f, Coefficients c, INDArray side, INDArray next) {
        try (Arena.Scratch scratch = arena.scratch()) {
            kernels.sum(wide(f, scratch), c.alpha(), x, 1, y, y);
        }
        scaled(x, c, x);
        swap();
        x(next);
        largest = Math.max(largest, next.amaxNumber().doubleValue());
    }

    private INDArray wide(INDArray f, Arena.Scratch scratch) {
        return f.dataType() == type ? f : scratch.take(type, f.shape()).assign(f);
    }

    private void swap() {
        INDArray t = x;
        x = y;
        y = t;
    }

    @Override
    public void restoreInput(Coefficients c, INDArray side, INDArray value) {
        y.divi(c.beta());
        value.assign(y);
    }

    @Override
    public void restorePrevious(INDArray f, Coefficients c, INDArray value) {
        try (Arena.Scratch scratch = arena.scratch()) {
            kernels.difference(x, wide(f, scratch), c.alpha(), y, x);
        }
        swap();
    }

    @Override
    public void save(Kept kept) {
        kept.take("x", Form.DENSE, type, x.shape()).assign(x);
        kept.take("y", Form.DENSE, type, y.shape()).assign(y);
    }

    @Override
    public void end(Kept kept, INDArray output) {
        if (output != null && output.dataType() == type) {
            kept.share("x", output);
            arena.give(x);
        } else {
            kept.adopt("x", Form.DENSE, x);
        }
        kept.adopt("y", Form.DENSE, y);
        x = null;
        y = null;
    }

    @Override
    public void load(Kept kept, INDArray output) {
        release();
        x = kept.detach("x");
        y = kept.detach("y");
        if (x == output) {
            x = arena.take(type, output.shape());
            x.assign(output);
        }
    }

    @Override
    public long checksum() {
        return 0;
    }

    @Override
    public double largest() {
        return largest;
    }

    @Override
    public void release() {
        arena.give(x);
        arena.give(y);
        x = null;
        y = null;
    }
}
