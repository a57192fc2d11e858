package org.revlayers.op;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Norm;

/** Backward of {@link MsRmsNorm}: dx = rstd·(dz − z·mean(dz·z)). Inputs: z, rstd, dz. Output: dx. */
public final class MsRmsNormBp extends MsNormBp {

    /** The op's name in a saved graph. */
    public static final String NAME = "ms_rms_norm_bp";

    /** For a graph that is being loaded. */
    public MsRmsNormBp() {}

    /** In a graph. */
    public MsRmsNormBp(SDVariable z, SDVariable rstd, SDVariable dz) {
        super(z, rstd, dz);
    }

    /** For {@code Nd4j.exec}. */
    public MsRmsNormBp(INDArray z, INDArray rstd, INDArray dz) {
        super(z, rstd, dz);
    }

    @Override
    public String opName() {
        return NAME;
    }

    @Override
    Norm kind() {
        return Norm.RMS;
    }
}
