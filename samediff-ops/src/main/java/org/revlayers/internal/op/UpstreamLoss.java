package org.revlayers.internal.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;

/**
 * Starts the backward of a graph from a given gradient: a loss whose gradient in y is g, whatever y is.
 *
 * <p>Inputs: y; g of y's shape. Output: a scalar 0, which nothing needs. Kept for backward: nothing.
 */
public final class UpstreamLoss extends ZeroLoss {

    /** That is in no graph yet. */
    public UpstreamLoss() {
        super("upstream_loss");
    }

    @Override
    protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
        requireSameShape(in.get(0), in.get(1));
        return super.shapes(in);
    }

    /** y's alone: nobody asks for that of g. */
    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(sameDiff.identity(arg(1)));
    }
}
