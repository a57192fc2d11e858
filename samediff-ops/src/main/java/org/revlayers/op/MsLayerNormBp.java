package org.revlayers.op;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Norm;

/** Backward of {@link MsLayerNorm}: dx = rstd·(dz − mean(dz) − z·mean(dz·z)). Inputs: z, rstd, dz. Output: dx. */
public final class MsLayerNormBp extends MsNormBp {

    /** The op's name in a saved graph. */
    public static final String NAME = "ms_layer_norm_bp";

    /** For a graph that is being loaded. */
    public MsLayerNormBp() {}

    /** In a graph. */
    public MsLayerNormBp(SDVariable z, SDVariable rstd, SDVariable dz) {
        super(z, rstd, dz);
    }

    /** For {@code Nd4j.exec}. */
    public MsLayerNormBp(INDArray z, INDArray rstd, INDArray dz) {
        super(z, rstd, dz);
    }

    @Override
    public String opName() {
        return NAME;
    }

    @Override
    Norm kind() {
        return Norm.LAYER;
    }
}
