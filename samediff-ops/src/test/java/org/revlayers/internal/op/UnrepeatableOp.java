package org.revlayers.internal.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.internal.op.base.RevOp;

/** x plus the number of times that any op of this class has run: what must not be inside a chain. */
public final class UnrepeatableOp extends RevOp {

    private static int runs;

    /** In no graph yet. */
    public UnrepeatableOp() {
        super("unrepeatable", 1);
    }

    @Override
    protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
        return List.of(like(in.get(0)));
    }

    @Override
    protected List<DataType> types(List<DataType> in) {
        return List.of(in.get(0));
    }

    @Override
    protected void run(INDArray[] in, INDArray[] out) {
        in[0].addi(runs++, out[0]);
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(sameDiff.identity(gradients.get(0)));
    }
}
