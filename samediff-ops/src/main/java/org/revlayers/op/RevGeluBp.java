package org.revlayers.op;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Curve;

/** Backward of {@link RevGelu}: dx = dy·y'(x). Inputs: x, dy. Output: dx. */
public final class RevGeluBp extends ExactActivationBp {

    /** The op's name in a saved graph. */
    public static final String NAME = "rev_gelu_bp";

    /** For a graph that is being loaded. */
    public RevGeluBp() {}

    /** In a graph. */
    public RevGeluBp(SDVariable x, SDVariable dy) {
        super(x, dy);
    }

    /** For {@code Nd4j.exec}. */
    public RevGeluBp(INDArray x, INDArray dy) {
        super(x, dy);
    }

    @Override
    public String opName() {
        return NAME;
    }

    @Override
    Curve curve() {
        return Curve.GELU;
    }
}
