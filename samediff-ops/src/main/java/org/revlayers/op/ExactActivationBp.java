package org.revlayers.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.kernel.Curve;
import org.revlayers.kernel.Kernels;
import org.revlayers.op.base.RevOp;

/** Backward of {@link ExactActivation}: dx = dy·h'(x). Inputs: x, dy. Output: dx. */
abstract class ExactActivationBp extends RevOp {

    ExactActivationBp() {
        super(1);
    }

    ExactActivationBp(SDVariable x, SDVariable dy) {
        super(1, x, dy);
    }

    ExactActivationBp(INDArray x, INDArray dy) {
        super(1, x, dy);
    }

    abstract Curve curve();

    @Override
    protected final List<LongShapeDescriptor> shapes(List<INDArray> in) {
        requireSameShape(in.get(0), in.get(1));
        return List.of(like(in.get(0)));
    }

    @Override
    protected final List<DataType> types(List<DataType> in) {
        return List.of(in.get(0));
    }

    @Override
    protected final void run(Kernels kernels, INDArray[] in, INDArray[] out) {
        kernels.activationBackward(curve(), in[0], in[1], out[0]);
    }
}
