package org.revlayers.op;

import java.util.function.Consumer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.backend.StepMemory;
import org.revlayers.kernel.stream.Coupling;
import org.revlayers.kernel.stream.InputRestore;
import org.revlayers.kernel.stream.PreviousRestore;
import org.revlayers.kernel.stream.StreamKernels;
import org.revlayers.kernel.stream.StreamSum;
import org.revlayers.reversible.Coefficients;

/** The two streams of a chain on arrays of the caller: how they are coupled in place, and taken back. */
abstract class ChainStreams {

    final StreamKernels kernels = StreamKernels.get();
    INDArray x;
    INDArray y;

    ChainStreams(INDArray x, INDArray y) {
        this.x = x;
        this.y = y;
    }

    /** Integer streams on INT32 arrays, else floating-point ones. */
    static ChainStreams over(INDArray x, INDArray y, int scale) {
        return x.dataType() == DataType.INT32 ? new Exact(x, y, scale) : new Floating(x, y);
    }

    /** Of any floating type, not to be inverted. */
    static ChainStreams floating(INDArray x, INDArray y) {
        return new Floating(x, y);
    }

    /** x = input, y = β·input, or 0 for β = 0. False if a value does not fit. */
    abstract boolean begin(INDArray input, Coefficients c, boolean zeroStart);

    /** x and y from their values. False if one does not fit. */
    abstract boolean load(INDArray x, INDArray y);

    /** Writes x in the type of {@code out}. */
    abstract void value(INDArray out);

    /** Writes y in the type of {@code out}. */
    final void valueOfY(INDArray out) {
        swap();
        value(out);
        swap();
    }

    /** (x, y) → (f + α·x + y, β·x); {@code next} receives the new x, or is null. False if a value does not fit. */
    abstract boolean couple(INDArray f, Coefficients c, INDArray side, INDArray next);

    /** The state before, from F(x) computed again in between: first x, into {@code value}, then y. */
    abstract void restoreInput(Coefficients c, INDArray side, INDArray value);

    abstract void restorePrevious(INDArray f, Coefficients c);

    /** A number that tells two states apart. */
    long checksum() {
        return kernels.checksum(x) * 31 + kernels.checksum(y);
    }

    final void swap() {
        INDArray t = x;
        x = y;
        y = t;
    }

    private static final class Exact extends ChainStreams {
        private final int scale;

        Exact(INDArray x, INDArray y, int scale) {
            super(x, y);
            this.scale = scale;
        }

        @Override
        boolean begin(INDArray input, Coefficients c, boolean zeroStart) {
            boolean fits = kernels.start(input, scale, x) != Long.MAX_VALUE;
            if (zeroStart || c.b() == 0) {
                y.assign(0);
            } else {
                kernels.scale(x, c.magnitude(), c.q(), y);
                sign(c);
            }
            return fits;
        }

        /** Turns y between β·x and |β|·x, rounded. */
        private void sign(Coefficients c) {
            if (c.b() < 0) {
                y.negi();
            }
        }

        @Override
        boolean load(INDArray x, INDArray y) {
            boolean fits = kernels.start(x, scale, this.x) != Long.MAX_VALUE;
            return kernels.start(y, scale, this.y) != Long.MAX_VALUE && fits;
        }

        @Override
        void value(INDArray out) {
            kernels.values(x, scale, out);
        }

        @Override
        boolean couple(INDArray f, Coefficients c, INDArray side, INDArray next) {
            boolean fits = kernels.couple(new Coupling(f, x, y, c.a(), c.magnitude(), c.q(), scale, side, next))
                    != Long.MAX_VALUE;
            swap();
            sign(c);
            return fits;
        }

        @Override
        void restoreInput(Coefficients c, INDArray side, INDArray value) {
            sign(c);
            kernels.restoreInput(new InputRestore(y, side, c.magnitude(), c.q(), scale, value));
        }

        @Override
        void restorePrevious(INDArray f, Coefficients c) {
            kernels.restorePrevious(new PreviousRestore(x, y, f, c.a(), c.q(), scale));
            swap();
        }
    }

    private static final class Floating extends ChainStreams {
        Floating(INDArray x, INDArray y) {
            super(x, y);
        }

        @Override
        boolean begin(INDArray input, Coefficients c, boolean zeroStart) {
            x.assign(input);
            scaled(x, zeroStart ? 0 : c.beta(), y);
            return true;
        }

        /** Gives f in the streams' type. */
        private void in(INDArray f, Consumer<INDArray> use) {
            if (f.dataType() == x.dataType()) {
                use.accept(f);
                return;
            }
            try (StepMemory memory = StepMemory.open()) {
                use.accept(memory.take(x.dataType(), f.shape()).assign(f));
            }
        }

        private static void scaled(INDArray from, double factor, INDArray to) {
            if (factor == 0) {
                to.assign(0);
            } else {
                from.muli(factor, to);
            }
        }

        @Override
        boolean load(INDArray x, INDArray y) {
            this.x.assign(x);
            this.y.assign(y);
            return true;
        }

        @Override
        void value(INDArray out) {
            out.assign(x);
        }

        @Override
        boolean couple(INDArray f, Coefficients c, INDArray side, INDArray next) {
            in(f, g -> kernels.sum(new StreamSum(g, c.alpha(), c.a() == 0 ? null : x, 1, y, y)));
            scaled(x, c.beta(), x);
            swap();
            if (next != null) {
                value(next);
            }
            return true;
        }

        @Override
        void restoreInput(Coefficients c, INDArray side, INDArray value) {
            y.divi(c.beta());
            value.assign(y);
        }

        @Override
        void restorePrevious(INDArray f, Coefficients c) {
            in(f, g -> kernels.difference(x, g, c.alpha(), c.a() == 0 ? null : y, x));
            swap();
        }
    }
}
