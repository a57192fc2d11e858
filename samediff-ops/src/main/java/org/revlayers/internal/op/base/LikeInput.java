package org.revlayers.internal.op.base;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;

/** An op with one output, which has the type and the shape of its {@link #firstValue()}. */
public abstract class LikeInput extends RevOp {

    /** As a saved graph names it. */
    protected LikeInput(String name) {
        super(name, 1);
    }

    @Override
    protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
        return List.of(like(in.get(firstValue())));
    }

    @Override
    protected final List<DataType> types(List<DataType> in) {
        return List.of(in.get(firstValue()));
    }
}
