package org.revlayers.internal.op.activation;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.function.Curve;
import org.revlayers.internal.kernel.activation.ActivationForward;
import org.revlayers.internal.kernel.activation.ActivationKernels;
import org.revlayers.internal.op.base.LikeInput;

/**
 * GELU and SiLU with their exact gradients: the twins of {@link CodedActivation} to compare with, on the same fast kernels.
 *
 * <pre>y = h(x),  dx = dy·h'(x)</pre>
 *
 * <p>Input: x of any shape, FLOAT, DOUBLE or HALF. Output: y of x's shape. Kept for backward: x, 4 bytes per fp32 element. Exact.
 */
public abstract class ExactActivation extends LikeInput {

    private final Curve curve;

    private ExactActivation(String name, Curve curve) {
        super(name);
        this.curve = curve;
    }

    @Override
    protected final void run(INDArray[] in, INDArray[] out) {
        ActivationKernels.get().forward(ActivationForward.of(curve, in[0], out[0]));
    }

    @Override
    public final List<SDVariable> doDiff(List<SDVariable> gradients) {
        Backward backward = curve == Curve.GELU ? new RevGeluBp() : new RevSiluBp();
        return List.of(backward.of(arg(), gradients.get(0)));
    }

    /** Inputs: x, dy. Output: dx. */
    public abstract static class Backward extends LikeInput {

        private final Curve curve;

        private Backward(String name, Curve curve) {
            super(name);
            this.curve = curve;
        }

        @Override
        protected final List<LongShapeDescriptor> shapes(List<INDArray> in) {
            requireSameShape(in.get(0), in.get(1));
            return super.shapes(in);
        }

        @Override
        protected final void run(INDArray[] in, INDArray[] out) {
            ActivationKernels.get().backward(curve, in[0], in[1], out[0]);
        }
    }

    /** {@code rev_gelu}: y = x·Φ(x). */
    public static final class RevGelu extends ExactActivation {
        public RevGelu() {
            super("rev_gelu", Curve.GELU);
        }
    }

    /** Backward of {@link RevGelu}. */
    public static final class RevGeluBp extends Backward {
        public RevGeluBp() {
            super("rev_gelu_bp", Curve.GELU);
        }
    }

    /** {@code rev_silu}: y = x/(1 + e^(−x)). */
    public static final class RevSilu extends ExactActivation {
        public RevSilu() {
            super("rev_silu", Curve.SILU);
        }
    }

    /** Backward of {@link RevSilu}. */
    public static final class RevSiluBp extends Backward {
        public RevSiluBp() {
            super("rev_silu_bp", Curve.SILU);
        }
    }
}
