package org.revlayers.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.kernel.Kernels;
import org.revlayers.op.base.RevOp;

/** Backward of {@link Relu1Bit}: dx = dy·mask. Inputs: mask, dy. Output: dx of dy's shape. */
public final class Relu1BitBp extends RevOp {

    /** The op's name in a saved graph. */
    public static final String NAME = "relu1bit_bp";

    /** For a graph that is being loaded. */
    public Relu1BitBp() {
        super(1);
    }

    /** In a graph. */
    public Relu1BitBp(SDVariable mask, SDVariable dy) {
        super(1, mask, dy);
    }

    /** For {@code Nd4j.exec}. */
    public Relu1BitBp(INDArray mask, INDArray dy) {
        super(1, mask, dy);
    }

    @Override
    public String opName() {
        return NAME;
    }

    @Override
    protected int firstValue() {
        return 1;
    }

    @Override
    protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
        return List.of(like(in.get(1)));
    }

    @Override
    protected List<DataType> types(List<DataType> in) {
        return List.of(in.get(1));
    }

    @Override
    protected void run(Kernels kernels, INDArray[] in, INDArray[] out) {
        kernels.maskBackward(in[0], 1, in[1], out[0]);
    }
}
