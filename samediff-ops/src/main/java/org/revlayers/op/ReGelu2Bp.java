package org.revlayers.op;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Curve;

/** Backward of {@link ReGelu2}: dx = dy·level[code]. Inputs: codes, dy. Output: dx of dy's shape. Reads neither x nor y. */
public final class ReGelu2Bp extends CodedActivationBp {

    /** The op's name in a saved graph. */
    public static final String NAME = "regelu2_bp";

    /** For a graph that is being loaded. */
    public ReGelu2Bp() {}

    /** In a graph. */
    public ReGelu2Bp(SDVariable codes, SDVariable dy) {
        super(codes, dy);
    }

    /** For {@code Nd4j.exec}. */
    public ReGelu2Bp(INDArray codes, INDArray dy) {
        super(codes, dy);
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
