package org.revlayers.op;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Norm;

/**
 * Root-mean-square normalisation over the last axis, without affine parameters, whose backward reads its output instead of its input (MS-BP).
 *
 * <pre>
 *   z  = x·rstd,  rstd = 1/√(mean(x²) + eps)
 *   dx = rstd·(dz − z·mean(dz·z))
 * </pre>
 *
 * <p>Input: x, {@code [..., cols]}, FLOAT, DOUBLE or HALF. Outputs: z of x's shape; rstd, {@code [rows]}. Kept for backward: z, which the
 * linear layer that reads it keeps anyway, and 1/σ, 4/cols bytes per element; the stock op keeps x besides. Exact. Scale and shift of a
 * pretrained norm belong into the weights of the layers that read z. If nothing else keeps z, nothing is saved. Source: arXiv 2406.16282.
 */
public final class MsRmsNorm extends MsNorm {

    /** The op's name in a saved graph. */
    public static final String NAME = "ms_rms_norm";

    /** For a graph that is being loaded. */
    public MsRmsNorm() {}

    /** In a graph. */
    public MsRmsNorm(SDVariable x, double eps) {
        super(x, eps);
    }

    /** For {@code Nd4j.exec}. */
    public MsRmsNorm(INDArray x, double eps) {
        super(x, eps);
    }

    @Override
    public String opName() {
        return NAME;
    }

    @Override
    Norm kind() {
        return Norm.RMS;
    }

    @Override
    MsNormBp backward(SDVariable z, SDVariable rstd, SDVariable dz) {
        return new MsRmsNormBp(z, rstd, dz);
    }
}
