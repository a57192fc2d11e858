package org.revlayers.op;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Norm;

/**
 * Layer normalisation over the last axis, without affine parameters, whose backward reads its output instead of its input (MS-BP).
 *
 * <pre>
 *   z  = (x − mean(x))·rstd,  rstd = 1/√(var(x) + eps), biased variance
 *   dx = rstd·(dz − mean(dz) − z·mean(dz·z))
 * </pre>
 *
 * <p>Input: x, {@code [..., cols]}, FLOAT, DOUBLE or HALF. Outputs: z of x's shape; rstd, {@code [rows]}. Kept for backward: z, which the
 * linear layer that reads it keeps anyway, and 1/σ, 4/cols bytes per element; the stock op keeps x besides. Exact. Scale and shift of a
 * pretrained norm belong into the weights of the layers that read z. If nothing else keeps z, nothing is saved. Source: arXiv 2406.16282.
 */
public final class MsLayerNorm extends MsNorm {

    /** The op's name in a saved graph. */
    public static final String NAME = "ms_layer_norm";

    /** For a graph that is being loaded. */
    public MsLayerNorm() {}

    /** In a graph. */
    public MsLayerNorm(SDVariable x, double eps) {
        super(x, eps);
    }

    /** For {@code Nd4j.exec}. */
    public MsLayerNorm(INDArray x, double eps) {
        super(x, eps);
    }

    @Override
    public String opName() {
        return NAME;
    }

    @Override
    Norm kind() {
        return Norm.LAYER;
    }

    @Override
    MsNormBp backward(SDVariable z, SDVariable rstd, SDVariable dz) {
        return new MsLayerNormBp(z, rstd, dz);
    }
}
