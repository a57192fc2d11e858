package org.revlayers.internal.op.attention;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.kernel.attention.AttentionBackward;
import org.revlayers.internal.kernel.attention.AttentionForward;
import org.revlayers.internal.kernel.attention.AttentionKernels;
import org.revlayers.internal.kernel.attention.AttentionShape;
import org.revlayers.internal.kernel.attention.HeadView;
import org.revlayers.internal.op.base.RevOp;

/**
 * Multi-head attention that never holds the tokens × tokens probabilities: they are computed tile by tile, and again in backward.
 *
 * <pre>
 *   O = softmax(scale·Q·Kᵀ)·V        lse = log Σ exp of each row of scale·Q·Kᵀ
 *   P = exp(scale·Q·Kᵀ − lse),  dV = Pᵀ·dO,  dS = P·(dO·Vᵀ − rowsum(dO·O)),  dQ = scale·dS·K,  dK = scale·dSᵀ·Q
 * </pre>
 *
 * <p>Inputs: q {@code [batch, heads, queries, dim]}; k, v {@code [batch, heads, keys, dim]}; optional key mask {@code [batch, keys]} of the
 * same type, 0 hides a key. Outputs: O of q's shape; lse {@code [batch, heads, queries]}. Settings: scale (0: 1/√dim), causal. Kept for backward: q,
 * k, v, O and lse: (4 + 1/dim) values per element of O, where the stock ops add queries × keys per head. Exact. A query that sees no key
 * gives zeros. The mask gets no gradient.
 */
public final class MemAttention extends RevOp {

    /** For a graph that is being loaded. */
    public MemAttention() {
        super("mem_attention", 2);
    }

    /** Scale 0 stands for 1/√dim. */
    public MemAttention(double scale, boolean causal) {
        this();
        addTArgument(scale);
        addBArgument(causal);
    }

    @Override
    protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
        INDArray q = in.get(0);
        sizes(q, in.get(1), in.get(2), in.size() > 3 ? in.get(3) : null, 0, false);
        return List.of(like(q), shape(Buffers.statistic(q.dataType()), q.size(0), q.size(1), q.size(2)));
    }

    @Override
    protected List<DataType> types(List<DataType> in) {
        return List.of(in.get(0), Buffers.statistic(in.get(0)));
    }

    @Override
    protected void run(INDArray[] in, INDArray[] out) {
        INDArray mask = mask(in, 3);
        AttentionKernels.get()
                .forward(AttentionForward.of(
                                sizes(in[0], in[1], in[2], mask, tArguments.get(0), bArguments.get(0)),
                                HeadView.ofHeads(in[0]),
                                HeadView.ofHeads(in[1]),
                                HeadView.ofHeads(in[2]),
                                HeadView.ofHeads(out[0]))
                        .withKeyMask(mask)
                        .withLse(out[1]));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        SDVariable mask = args().length > 3 ? arg(3) : null;
        SDVariable[] kept = outputVariables();
        SDVariable[] d = backward().of(arg(0), arg(1), arg(2), kept[0], kept[1], gradients.get(0), mask);
        List<SDVariable> all = new ArrayList<>(Arrays.asList(d));
        if (mask != null) {
            all.add(sameDiff.zerosLike(mask));
        }
        return all;
    }

    /** With the same settings. */
    public Bp backward() {
        Bp backward = new Bp();
        backward.addTArgument(tArguments.get(0));
        backward.addBArgument(bArguments.get(0));
        return backward;
    }

    private static INDArray mask(INDArray[] in, int at) {
        return in.length > at ? Buffers.dense(in[at], in[0].dataType()) : null; // of any type
    }

    /** Checks the shapes and puts the sizes together. */
    private static AttentionShape sizes(
            INDArray q, INDArray k, INDArray v, INDArray mask, double scale, boolean causal) {
        boolean fits = q.rank() == 4
                && k.rank() == 4
                && Arrays.equals(k.shape(), v.shape())
                && k.size(0) == q.size(0)
                && k.size(1) == q.size(1)
                && k.size(3) == q.size(3)
                && (mask == null || mask.rank() == 2 && mask.size(0) == k.size(0) && mask.size(1) == k.size(2));
        if (!fits) {
            throw new IllegalArgumentException(
                    "attention needs q [batch, heads, queries, dim], k and v [batch, heads, keys, dim], mask [batch, keys]; got q "
                            + Arrays.toString(q.shape()) + ", k " + Arrays.toString(k.shape()) + ", v "
                            + Arrays.toString(v.shape())
                            + (mask == null ? "" : ", mask " + Arrays.toString(mask.shape())));
        }
        int dim = Sizes.exact("features", q.size(3));
        return new AttentionShape(
                Sizes.exact("batch items", q.size(0)),
                Sizes.exact("heads", q.size(1)),
                Sizes.exact("queries", q.size(2)),
                Sizes.exact("keys", k.size(2)),
                dim,
                scale == 0 ? 1 / Math.sqrt(dim) : scale,
                causal);
    }

    /** {@code mem_attention_bp}. Inputs: q, k, v, O, lse, dO, optional mask. Outputs: dq, dk, dv. */
    public static final class Bp extends RevOp {
        public Bp() {
            super("mem_attention_bp", 3);
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
        protected void run(INDArray[] in, INDArray[] out) {
            INDArray mask = mask(in, 6);
            AttentionKernels.get()
                    .backward(new AttentionBackward(
                            AttentionForward.of(
                                            sizes(in[0], in[1], in[2], mask, tArguments.get(0), bArguments.get(0)),
                                            HeadView.ofHeads(in[0]),
                                            HeadView.ofHeads(in[1]),
                                            HeadView.ofHeads(in[2]),
                                            HeadView.ofHeads(in[3]))
                                    .withKeyMask(mask)
                                    .withLse(in[4]),
                            HeadView.ofHeads(in[5]),
                            HeadView.ofHeads(out[0]),
                            HeadView.ofHeads(out[1]),
                            HeadView.ofHeads(out[2])));
        }
    }
}
