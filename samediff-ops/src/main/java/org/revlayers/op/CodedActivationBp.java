package org.revlayers.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.kernel.Curve;
import org.revlayers.kernel.Kernels;
import org.revlayers.op.base.RevOp;

/** Backward of {@link CodedActivation}: dx = dy·level(code). Inputs: the codes, dy. Output: dx of dy's shape. */
abstract class CodedActivationBp extends RevOp {

    CodedActivationBp() {
        super(1);
    }

    CodedActivationBp(SDVariable codes, SDVariable dy) {
        super(1, codes, dy);
    }

    CodedActivationBp(INDArray codes, INDArray dy) {
        super(1, codes, dy);
    }

    abstract Curve curve();

    @Override
    protected final int firstValue() {
        return 1;
    }

    @Override
    protected final List<LongShapeDescriptor> shapes(List<INDArray> in) {
        return List.of(like(in.get(1)));
    }

    @Override
    protected final List<DataType> types(List<DataType> in) {
        return List.of(in.get(1));
    }

    @Override
    protected final void run(Kernels kernels, INDArray[] in, INDArray[] out) {
        kernels.codeBackward(curve(), in[0], in[1], out[0]);
    }
}
