package org.revlayers.internal.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.internal.op.base.RevOp;

/**
 * Starts the backward of a graph from a given gradient: a loss whose gradient in y is g, whatever y is.
 *
 * <p>Inputs: y; g of y's shape. Output: a scalar 0, which nothing needs. Kept for backward: nothing.
 */
public final class UpstreamLoss extends RevOp {

    /** That is in no graph yet. */
    public UpstreamLoss() {
        super("upstream_loss", 1);
    }

    @Override
    protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
        requireSameShape(in.get(0), in.get(1));
        return List.of(shape(in.get(0).dataType()));
    }

    @Override
    protected List<DataType> types(List<DataType> in) {
        return List.of(in.get(0));
    }

    @Override
    protected void run(INDArray[] in, INDArray[] out) {
        out[0].assign(0);
    }

    /** y's alone: nobody asks for that of g. */
    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(sameDiff.identity(arg(1)));
    }
}
