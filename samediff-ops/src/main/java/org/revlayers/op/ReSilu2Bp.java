package org.revlayers.op;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Curve;

/** Backward of {@link ReSilu2}: dx = dy·level[code]. Inputs: codes, dy. Output: dx of dy's shape. Reads neither x nor y. */
public final class ReSilu2Bp extends CodedActivationBp {

    /** The op's name in a saved graph. */
    public static final String NAME = "resilu2_bp";

    /** For a graph that is being loaded. */
    public ReSilu2Bp() {}

    /** In a graph. */
    public ReSilu2Bp(SDVariable codes, SDVariable dy) {
        super(codes, dy);
    }

    /** For {@code Nd4j.exec}. */
    public ReSilu2Bp(INDArray codes, INDArray dy) {
        super(codes, dy);
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
