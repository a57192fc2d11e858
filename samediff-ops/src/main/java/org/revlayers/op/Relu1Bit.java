package org.revlayers.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.kernel.Kernels;
import org.revlayers.op.base.RevOp;

/**
 * ReLU that keeps one bit per element.
 *
 * <pre>y = max(x, 0),  mask = [x &gt; 0],  dx = dy·mask</pre>
 *
 * <p>Input: x of any shape, n elements, FLOAT, DOUBLE or HALF. Outputs: y of x's shape; mask, UINT8 {@code [ceil(n/8)]}. Kept for backward:
 * 0.125 bytes per element (4 for the stock op, whose backward reads x). Exact; the derivative at 0 is 0.
 */
public final class Relu1Bit extends RevOp {

    /** The op's name in a saved graph. */
    public static final String NAME = "relu1bit";

    /** For a graph that is being loaded. */
    public Relu1Bit() {
        super(2);
    }

    /** In a graph. */
    public Relu1Bit(SDVariable x) {
        super(2, x);
    }

    /** For {@code Nd4j.exec}. */
    public Relu1Bit(INDArray x) {
        super(2, x);
    }

    @Override
    public String opName() {
        return NAME;
    }

    @Override
    protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
        INDArray x = in.get(0);
        return List.of(like(x), shape(DataType.UINT8, (x.length() + 7) / 8));
    }

    @Override
    protected List<DataType> types(List<DataType> in) {
        return List.of(in.get(0), DataType.UINT8);
    }

    @Override
    protected void run(Kernels kernels, INDArray[] in, INDArray[] out) {
        kernels.relu(in[0], out[0], out[1]);
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(new Relu1BitBp(outputVariables()[1], gradients.get(0)).outputVariables()[0]);
    }
}
