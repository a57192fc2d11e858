package org.revlayers.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.kernel.Kernels;
import org.revlayers.kernel.Norm;
import org.revlayers.op.base.RevOp;

/** Backward of {@link MsNorm}. Inputs: z, rstd, dz. Output: dx. */
abstract class MsNormBp extends RevOp {

    MsNormBp() {
        super(1);
    }

    MsNormBp(SDVariable z, SDVariable rstd, SDVariable dz) {
        super(1, z, rstd, dz);
    }

    MsNormBp(INDArray z, INDArray rstd, INDArray dz) {
        super(1, z, rstd, dz);
    }

    abstract Norm kind();

    @Override
    protected final List<LongShapeDescriptor> shapes(List<INDArray> in) {
        requireSameShape(in.get(0), in.get(2));
        return List.of(like(in.get(0)));
    }

    @Override
    protected final List<DataType> types(List<DataType> in) {
        return List.of(in.get(0));
    }

    @Override
    protected final void run(Kernels kernels, INDArray[] in, INDArray[] out) {
        kernels.normBackward(kind(), false, in[0], null, in[1], null, in[2], null, out[0], null, null);
    }
}
