package org.revlayers.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.kernel.Curve;
import org.revlayers.kernel.Kernels;
import org.revlayers.op.base.RevOp;

/** Forward of an activation whose backward reads its input. Output: y = h(x) of x's shape. */
abstract class ExactActivation extends RevOp {

    ExactActivation() {
        super(1);
    }

    ExactActivation(SDVariable x) {
        super(1, x);
    }

    ExactActivation(INDArray x) {
        super(1, x);
    }

    abstract Curve curve();

    abstract ExactActivationBp backward(SDVariable x, SDVariable dy);

    @Override
    protected final List<LongShapeDescriptor> shapes(List<INDArray> in) {
        return List.of(like(in.get(0)));
    }

    @Override
    protected final List<DataType> types(List<DataType> in) {
        return List.of(in.get(0));
    }

    @Override
    protected final void run(Kernels kernels, INDArray[] in, INDArray[] out) {
        kernels.activation(curve(), in[0], null, null, out[0], null);
    }

    @Override
    public final List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(backward(arg(), gradients.get(0)).outputVariables()[0]);
    }
}
