package org.revlayers.internal.op.norm;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.function.Norm;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.norm.NormBackward;
import org.revlayers.internal.kernel.norm.NormForward;
import org.revlayers.internal.kernel.norm.NormInput;
import org.revlayers.internal.kernel.norm.NormKernels;
import org.revlayers.internal.op.base.LikeInput;
import org.revlayers.internal.op.base.RevOp;

/**
 * Normalisation over the last axis, without affine parameters, whose backward reads its output instead of its input (MS-BP).
 *
 * <pre>
 *   ms_layer_norm   z = (x − mean(x))·rstd,  rstd = 1/√(var(x) + eps), biased variance,  dx = rstd·(dz − mean(dz) − z·mean(dz·z))
 *   ms_rms_norm     z = x·rstd,              rstd = 1/√(mean(x²) + eps),                 dx = rstd·(dz − z·mean(dz·z))
 * </pre>
 *
 * <p>Input: x, {@code [..., cols]}, FLOAT, DOUBLE or HALF. Outputs: z of x's shape; rstd, {@code [rows]}. Setting: eps. Kept for backward: z, which the
 * linear layer that reads it keeps anyway, and 1/σ, 4/cols bytes per element; the stock op keeps x besides. Exact. Scale and shift of a
 * pretrained norm belong into the weights of the layers that read z. If nothing else keeps z, nothing is saved. Source: arXiv 2406.16282.
 */
public abstract class MsNorm extends RevOp {

    private final Norm norm;

    private MsNorm(String name, Norm norm) {
        super(name, 2);
        this.norm = norm;
    }

    /** With what is added to the variance. */
    public static MsNorm of(Norm norm, double eps) {
        MsNorm op = norm == Norm.LAYER ? new Layer() : new Rms();
        op.addTArgument(eps);
        return op;
    }

    @Override
    protected final List<LongShapeDescriptor> shapes(List<INDArray> in) {
        INDArray x = in.get(0);
        return List.of(like(x), shape(Buffers.statistic(x.dataType()), x.length() / x.size(-1)));
    }

    @Override
    protected final List<DataType> types(List<DataType> in) {
        return List.of(in.get(0), Buffers.statistic(in.get(0)));
    }

    @Override
    protected final void run(INDArray[] in, INDArray[] out) {
        NormKernels.get()
                .forward(NormForward.of(norm, tArguments.get(0), NormInput.of(in[0]), out[0])
                        .statistics(null, out[1]));
    }

    @Override
    public final List<SDVariable> doDiff(List<SDVariable> gradients) {
        SDVariable[] kept = outputVariables();
        Backward backward = norm == Norm.LAYER ? new LayerBp() : new RmsBp();
        return List.of(backward.of(kept[0], kept[1], gradients.get(0)));
    }

    /** Inputs: z, rstd, dz. Output: dx. */
    public abstract static class Backward extends LikeInput {

        private final Norm norm;

        private Backward(String name, Norm norm) {
            super(name);
            this.norm = norm;
        }

        @Override
        protected final List<LongShapeDescriptor> shapes(List<INDArray> in) {
            requireSameShape(in.get(0), in.get(2));
            return super.shapes(in);
        }

        @Override
        protected final void run(INDArray[] in, INDArray[] out) {
            NormKernels.get().backward(NormBackward.ofOutput(norm, in[0], in[1], in[2], out[0]));
        }
    }

    /** {@code ms_layer_norm}. */
    public static final class Layer extends MsNorm {
        public Layer() {
            super("ms_layer_norm", Norm.LAYER);
        }
    }

    /** Backward of {@link Layer}. */
    public static final class LayerBp extends Backward {
        public LayerBp() {
            super("ms_layer_norm_bp", Norm.LAYER);
        }
    }

    /** {@code ms_rms_norm}. */
    public static final class Rms extends MsNorm {
        public Rms() {
            super("ms_rms_norm", Norm.RMS);
        }
    }

    /** Backward of {@link Rms}. */
    public static final class RmsBp extends Backward {
        public RmsBp() {
            super("ms_rms_norm_bp", Norm.RMS);
        }
    }
}
