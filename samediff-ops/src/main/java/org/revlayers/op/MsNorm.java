package org.revlayers.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.kernel.Kernels;
import org.revlayers.kernel.Norm;
import org.revlayers.kernel.NormInput;
import org.revlayers.op.base.RevOp;

/** Forward of a memory-sharing normalisation over the last axis. Outputs: z of x's shape; rstd = 1/σ, {@code [rows]}. Setting: eps. */
abstract class MsNorm extends RevOp {

    MsNorm() {
        super(2);
    }

    MsNorm(SDVariable x, double eps) {
        super(2, x);
        addTArgument(eps);
    }

    MsNorm(INDArray x, double eps) {
        super(2, x);
        addTArgument(eps);
    }

    abstract Norm kind();

    abstract MsNormBp backward(SDVariable z, SDVariable rstd, SDVariable dz);

    @Override
    protected final List<LongShapeDescriptor> shapes(List<INDArray> in) {
        INDArray x = in.get(0);
        if (x.rank() < 1 || x.isEmpty()) {
            throw new IllegalArgumentException(opName() + " needs [..., features]; got a scalar or an empty array");
        }
        return List.of(like(x), shape(statistic(x.dataType()), x.length() / x.size(-1)));
    }

    @Override
    protected final List<DataType> types(List<DataType> in) {
        return List.of(in.get(0), statistic(in.get(0)));
    }

    @Override
    protected final void run(Kernels kernels, INDArray[] in, INDArray[] out) {
        kernels.norm(kind(), tArguments.get(0), NormInput.of(in[0]), null, null, out[0], null, out[1]);
    }

    @Override
    public final List<SDVariable> doDiff(List<SDVariable> gradients) {
        SDVariable[] kept = outputVariables();
        return List.of(backward(kept[0], kept[1], gradients.get(0)).outputVariables()[0]);
    }
}
