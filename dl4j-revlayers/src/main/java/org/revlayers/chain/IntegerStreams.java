package org.revlayers.chain;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.StreamKernels;
import org.revlayers.memory.Arena;
import org.revlayers.memory.Form;
import org.revlayers.memory.Kept;

/** {@link StreamType#EXACT}: integers times 2^−S, with {@link StreamKernels}. */
final class IntegerStreams implements Streams {

    /** Integers below this are exact as fp32 numbers. */
    private static final long EXACT_IN_FLOAT = 1L << 24;

    private final StreamKernels kernels = StreamKernels.get();
    private final Arena arena = Arena.current();
    private final int scale;
    private INDArray x;
    private INDArray y;
    private long largest;
    private long largestLast;

    /** @param scale S */
    IntegerStreams(int scale) {
        this.scale = scale;
    }

    @Override
    public void begin(INDArray input, INDArray other, Coefficients first) {
        x = arena.take(DataType.INT32, input.shape());
        y = arena.take(DataType.INT32, input.shape());
        note(kernels.start(input, scale, x));
        if (other != null) {
            note(kernels.start(other, scale, y));
        } else if (first.b() == 0) {
            y.assign(0);
        } else {
            kernels.scale(x, first.b(), first.q(), y);
        }
    }

    private void note(long magnitude) {
        largestLast = magnitude;
        largest = Math.max(largest, magnitude);
    }

    @Override
    public void x(INDArray out) {
        kernels.values(x, scale, out);
    }

    @Override
    public void y(INDArray out) {
        kernels.values(y, scale, out);
    }

    @Override
    public void couple(INDArray f, Coefficients c, INDArray side, INDArray next) {
        note(kernels.couple(f, x, y, c.a(), c.b(), c.q(), scale, side, next));
        swap();
    }

    private void swap() {
        INDArray t = x;
        x = y;
        y = t;
    }

    @Override
    public void restoreInput(Coefficients c, INDArray side, INDArray value) {
        kernels.restoreInput(y, side, c.b(), c.q(), scale, value);
    }

    @Override
    public void restorePrevious(INDArray f, Coefficients c, INDArray value) {
        kernels.restorePrevious(x, y, f, c.a(), c.q(), scale);
        swap();
    }

    @Override
    public void save(Kept kept) {
        kept.take("x", Form.DENSE, DataType.INT32, x.shape()).assign(x);
        kept.take("y", Form.DENSE, DataType.INT32, y.shape()).assign(y);
    }

    @Override
    public void end(Kept kept, INDArray output) {
        if (output != null && output.dataType() == DataType.FLOAT && largestLast < EXACT_IN_FLOAT) {
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
        if (x.dataType() != DataType.INT32) {
            INDArray values = x;
            x = arena.take(DataType.INT32, values.shape());
            kernels.start(values, scale, x);
        }
    }

    @Override
    public long checksum() {
        return kernels.checksum(x) * 31 + kernels.checksum(y);
    }

    @Override
    public double largest() {
        return largest == Long.MAX_VALUE ? Double.POSITIVE_INFINITY : Math.scalb((double) largest, -scale);
    }

    @Override
    public void release() {
        arena.give(x);
        arena.give(y);
        x = null;
        y = null;
    }
}
