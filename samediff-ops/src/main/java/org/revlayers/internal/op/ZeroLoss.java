package org.revlayers.internal.op;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.internal.op.base.RevOp;

/** An op whose value is the scalar 0, of its first input's type: it is there for its gradients. Keeps nothing. */
abstract class ZeroLoss extends RevOp {

    /** As a saved graph names it. */
    ZeroLoss(String name) {
        super(name, 1);
    }

    @Override
    protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
        return List.of(shape(in.get(0).dataType()));
    }

    @Override
    protected final List<DataType> types(List<DataType> in) {
        return List.of(in.get(0));
    }

    @Override
    protected final void run(INDArray[] in, INDArray[] out) {
        out[0].assign(0);
    }
}
