package org.revlayers.internal.inner;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationGELU;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationRReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Curve;
import org.revlayers.internal.contract.ChannelsLast;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.activation.ActivationForward;
import org.revlayers.internal.kernel.activation.ActivationKernels;
import org.revlayers.internal.memory.Arena;
import org.revlayers.keep.ActivationMemory;

/**
 * An activation function on its own. ReLU works in place and reads its output in backward, or keeps one bit per element; the others read their
 * input, or keep a code of two bits.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class ActivationInner {

    /** ND4J's GELU is x·σ(1.702f·x), its "precise" one x·(1 + tanh(√(2/π)·(x + (0.044715·x)³)))/2: neither is a curve of the kernels. */
    private static final double FAST_GELU = 1.702f;

    /** Whether there is a host for the function: it must not draw random numbers. */
    static boolean hosts(IActivation function) {
        return !(function instanceof ActivationRReLU);
    }

    static boolean isIdentity(IActivation function) {
        return function == null || function.getClass() == ActivationIdentity.class;
    }

    /** Whether this is max(x, 0), without a leak, a limit or a threshold. */
    static boolean isRelu(IActivation function) {
        return function != null
                && function.getClass() == ActivationReLU.class
                && ((ActivationReLU) function).getMax() == null
                && ((ActivationReLU) function).getThreshold() == null
                && ((ActivationReLU) function).getNegativeSlope() == null;
    }

    /** The host of a function other than the identity. */
    static InnerLayer of(IActivation function, Keeping keeping) {
        if (isRelu(function)) {
            return keeping.masks() ? new MaskedRelu() : new Relu();
        }
        if (function.getClass() == ActivationSwish.class) {
            return smooth(1, "swish", keeping);
        }
        if (function.getClass() == ActivationGELU.class && !((ActivationGELU) function).isPrecise()) {
            return smooth(FAST_GELU, "gelu", keeping);
        }
        return new Any(function, keeping.activationInput());
    }

    private static InnerLayer smooth(double scale, String name, Keeping keeping) {
        return keeping.activations() == ActivationMemory.TWO_BIT
                ? new CodedActivation(Curve.SILU, scale, name)
                : new Smooth(Curve.SILU, scale, name, keeping.activationInput());
    }

    private static final class Relu extends InPlace {

        Relu() {
            super("relu");
        }

        @Override
        public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
            ActivationKernels.get().relu(x, out, null);
        }

        @Override
        public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
            ActivationKernels.get().reluBackward(out, dy, dx);
        }

        @Override
        public boolean readsOutput() {
            return true;
        }
    }

    /** One that reads its input in backward. */
    @RequiredArgsConstructor
    private abstract static class Reading implements InnerLayer {

        private final String name;
        private final Keeper input;

        @Override
        public final long[] outputShape(long... shape) {
            return shape.clone();
        }

        @Override
        public final Keeper inputKeeper() {
            return input;
        }

        @Override
        public final String toString() {
            return name;
        }
    }

    /** h(s·x)/s for a curve h of the kernels. */
    private static final class Smooth extends Reading implements ChannelsLast {

        private final Curve curve;
        private final double scale;

        Smooth(Curve curve, double scale, String name, Keeper input) {
            super(name, input);
            this.curve = curve;
            this.scale = scale;
        }

        @Override
        public void haveChannelsLast() {
            // each element for itself
        }

        @Override
        public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
            ActivationKernels.get().forward(ActivationForward.of(curve, scaled(x, out), out));
            if (scale != 1) {
                out.muli(1 / scale);
            }
        }

        @Override
        public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
            try (Arena.Scratch scratch = Arena.current().scratch()) {
                INDArray at = scale == 1 ? x : scaled(x, scratch.take(x.dataType(), x.shape()));
                ActivationKernels.get().backward(curve, at, dy, dx);
            }
        }

        private INDArray scaled(INDArray x, INDArray to) {
            return scale == 1 ? x : x.muli(scale, to);
        }
    }

    /** As ND4J computes it. */
    private static final class Any extends Reading {

        private final IActivation function;

        Any(IActivation function, Keeper input) {
            super(function.toString(), input);
            this.function = function;
        }

        @Override
        public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
            out.assign(x);
            ForeignMemory.with(() -> copy(function.getActivation(out, pass.training()), out));
        }

        /** ND4J's functions write over both arguments: they get copies. */
        @Override
        public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
            ForeignMemory.with(
                    () -> copy(function.backprop(x.dup('c'), dy.dup('c')).getFirst(), dx));
        }

        private static void copy(INDArray from, INDArray to) {
            if (from != to) {
                to.assign(from);
            }
        }
    }
}
