package org.revlayers.op;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Curve;

/**
 * SiLU with its exact gradient: the twin of {@link ReSilu2} to compare with, on the same fast kernels.
 *
 * <pre>y = x/(1 + e^(−x)),  dx = dy·y'(x)</pre>
 *
 * <p>Input: x of any shape, FLOAT, DOUBLE or HALF. Output: y of x's shape. Kept for backward: x, 4 bytes per fp32 element. Exact.
 */
public final class RevSilu extends ExactActivation {

    /** The op's name in a saved graph. */
    public static final String NAME = "rev_silu";

    /** For a graph that is being loaded. */
    public RevSilu() {}

    /** In a graph. */
    public RevSilu(SDVariable x) {
        super(x);
    }

    /** For {@code Nd4j.exec}. */
    public RevSilu(INDArray x) {
        super(x);
    }

    @Override
    public String opName() {
        return NAME;
    }

    @Override
    Curve curve() {
        return Curve.SILU;
    }

    @Override
    ExactActivationBp backward(SDVariable x, SDVariable dy) {
        return new RevSiluBp(x, dy);
    }
}
