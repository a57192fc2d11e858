package org.revlayers.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.kernel.Curve;
import org.revlayers.kernel.Kernels;
import org.revlayers.op.base.RevOp;

/**
 * Forward of an activation whose backward knows two bits per element. Outputs: y = h(x) of x's shape, and the codes, UINT8
 * {@code [ceil(n/4)]}.
 */
abstract class CodedActivation extends RevOp {

    CodedActivation() {
        super(2);
    }

    CodedActivation(SDVariable x) {
        super(2, x);
    }

    CodedActivation(INDArray x) {
        super(2, x);
    }

    abstract Curve curve();

    abstract CodedActivationBp backward(SDVariable codes, SDVariable dy);

    @Override
    protected final List<LongShapeDescriptor> shapes(List<INDArray> in) {
        INDArray x = in.get(0);
        return List.of(like(x), shape(DataType.UINT8, Curve.codeBytes(x.length())));
    }

    @Override
    protected final List<DataType> types(List<DataType> in) {
        return List.of(in.get(0), DataType.UINT8);
    }

    @Override
    protected final void run(Kernels kernels, INDArray[] in, INDArray[] out) {
        kernels.activation(curve(), in[0], null, null, out[0], out[1]);
    }

    @Override
    public final List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(backward(outputVariables()[1], gradients.get(0)).outputVariables()[0]);
    }
}
