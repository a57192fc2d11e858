package org.revlayers.op;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Curve;

/** Backward of {@link RevSilu}: dx = dy·y'(x). Inputs: x, dy. Output: dx. */
public final class RevSiluBp extends ExactActivationBp {

    /** The op's name in a saved graph. */
    public static final String NAME = "rev_silu_bp";

    /** For a graph that is being loaded. */
    public RevSiluBp() {}

    /** In a graph. */
    public RevSiluBp(SDVariable x, SDVariable dy) {
        super(x, dy);
    }

    /** For {@code Nd4j.exec}. */
    public RevSiluBp(INDArray x, INDArray dy) {
        super(x, dy);
    }

    @Override
    public String opName() {
        return NAME;
    }

    @Override
    Curve curve() {
        return Curve.SILU;
    }
}
