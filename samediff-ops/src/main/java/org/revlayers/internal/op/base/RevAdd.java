package org.revlayers.internal.op.base;

import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.same.Identity;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;

/**
 * Sum of two arrays of one shape, for residual connections, whose gradient needs neither.
 *
 * <pre>y = a + b,  da = dy,  db = dy</pre>
 *
 * <p>Stock {@code add} keeps both its inputs until backward, only to learn whether it has to sum over a broadcast axis: in a transformer,
 * that undoes the saving of a memory-sharing norm. This op does not broadcast.
 *
 * <p>Inputs: a, b of one shape, FLOAT, DOUBLE or HALF. Output: y. Kept for backward: nothing. Exact. The gradient is passed on without a copy,
 * except to a parameter, whose updater changes its gradient in place.
 */
public final class RevAdd extends LikeInput {

    /** For a graph that is being loaded, or to be put into one. */
    public RevAdd() {
        super("rev_add");
    }

    /** a + b in their graph. */
    public static SDVariable sum(SDVariable a, SDVariable b) {
        return new RevAdd().of(a, b)[0];
    }

    @Override
    protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
        if (!Arrays.equals(in.get(0).shape(), in.get(1).shape())) {
            throw new IllegalArgumentException("rev_add needs two arrays of one shape; got "
                    + Arrays.toString(in.get(0).shape()) + " and "
                    + Arrays.toString(in.get(1).shape())
                    + ": use SDVariable.add to broadcast");
        }
        requireSameType(in.get(0), in.get(1));
        return super.shapes(in);
    }

    @Override
    protected void run(INDArray[] in, INDArray[] out) {
        in[0].addi(in[1], out[0]);
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(passOn(gradients.get(0), arg(0)), passOn(gradients.get(0), arg(1)));
    }

    private SDVariable passOn(SDVariable gradient, SDVariable to) {
        boolean changedInPlace = to.getVariableType() != VariableType.ARRAY
                || sameDiff.getVariableOutputOp(to.name()) instanceof Identity;
        return changedInPlace ? gradient.mul(1.0) : sameDiff.identity(gradient);
    }
}
