package org.revlayers.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.kernel.Buffers;
import org.revlayers.kernel.HeadView;
import org.revlayers.kernel.Kernels;
import org.revlayers.op.base.RevOp;

/** Backward of {@link MemAttention}. Inputs: q, k, v, O, lse, dO, optional mask. Outputs: dq, dk, dv. */
public final class MemAttentionBp extends RevOp {

    /** The op's name in a saved graph. */
    public static final String NAME = "mem_attention_bp";

    /** For a graph that is being loaded. */
    public MemAttentionBp() {
        super(3);
    }

    /** In a graph; mask may be null. */
    public MemAttentionBp(
            SDVariable q,
            SDVariable k,
            SDVariable v,
            SDVariable out,
            SDVariable lse,
            SDVariable dOut,
            SDVariable mask,
            double scale,
            boolean causal) {
        super(
                3,
                mask == null
                        ? new SDVariable[] {q, k, v, out, lse, dOut}
                        : new SDVariable[] {q, k, v, out, lse, dOut, mask});
        addTArgument(scale);
        addBArgument(causal);
    }

    /** For {@code Nd4j.exec}: q, k, v, O, lse, dO and, or not, the mask. */
    public MemAttentionBp(double scale, boolean causal, INDArray... inputs) {
        super(3, inputs);
        addTArgument(scale);
        addBArgument(causal);
    }

    @Override
    public String opName() {
        return NAME;
    }

    @Override
    protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
        requireSameShape(in.get(3), in.get(5));
        return List.of(like(in.get(0)), like(in.get(1)), like(in.get(2)));
    }

    @Override
    protected List<DataType> types(List<DataType> in) {
        return List.of(in.get(0), in.get(0), in.get(0));
    }

    @Override
    protected void run(Kernels kernels, INDArray[] in, INDArray[] out) {
        INDArray mask = in.length > 6 ? Buffers.dense(in[6], in[0].dataType()) : null;
        kernels.attentionBackward(
                MemAttention.sizes(in[0], in[1], in[2], mask, tArguments.get(0), bArguments.get(0)),
                HeadView.ofHeads(in[0]),
                HeadView.ofHeads(in[1]),
                HeadView.ofHeads(in[2]),
                mask,
                HeadView.ofHeads(in[3]),
                in[4],
                null,
                HeadView.ofHeads(in[5]),
                HeadView.ofHeads(out[0]),
                HeadView.ofHeads(out[1]),
                HeadView.ofHeads(out[2]));
    }
}
