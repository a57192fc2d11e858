package org.revlayers.op;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Curve;

/**
 * GELU with its exact gradient: the twin of {@link ReGelu2} to compare with, on the same fast kernels.
 *
 * <pre>y = x·Φ(x),  dx = dy·y'(x)</pre>
 *
 * <p>Input: x of any shape, FLOAT, DOUBLE or HALF. Output: y of x's shape. Kept for backward: x, 4 bytes per fp32 element. Exact.
 */
public final class RevGelu extends ExactActivation {

    /** The op's name in a saved graph. */
    public static final String NAME = "rev_gelu";

    /** For a graph that is being loaded. */
    public RevGelu() {}

    /** In a graph. */
    public RevGelu(SDVariable x) {
        super(x);
    }

    /** For {@code Nd4j.exec}. */
    public RevGelu(INDArray x) {
        super(x);
    }

    @Override
    public String opName() {
        return NAME;
    }

    @Override
    Curve curve() {
        return Curve.GELU;
    }

    @Override
    ExactActivationBp backward(SDVariable x, SDVariable dy) {
        return new RevGeluBp(x, dy);
    }
}
