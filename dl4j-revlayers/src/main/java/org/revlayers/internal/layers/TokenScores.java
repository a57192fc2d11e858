package org.revlayers.internal.layers;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.attention.AttentionBackward;
import org.revlayers.internal.kernel.attention.AttentionForward;
import org.revlayers.internal.kernel.attention.AttentionKernels;
import org.revlayers.internal.kernel.attention.AttentionShape;
import org.revlayers.internal.kernel.attention.HeadView;
import org.revlayers.internal.memory.Arena;

/**
 * How much attention each token receives, from the probabilities P of a self-attention, before any dropout:
 *
 * <pre>
 *   classToken:   score_j = 1/H · Σ_h P_h[0, j]
 *   otherwise:    score_j = 1/(H·T) · Σ_h Σ_i P_h[i, j]      over the T tokens that a mask shows
 * </pre>
 *
 * <p>P is in no array: with weights w_i in one column of a gradient dO, dV = Pᵀ·dO has Σ_i w_i·P[i, j] there, and with d(score) in that column of V, the backward
 * of attention has the gradients of q and k. Exact.
 *
 * @param classToken whether the first token's attention counts alone
 * @param values     {@code [mb, tokens]}: scores in forward, their gradient in backward
 */
public record TokenScores(boolean classToken, INDArray values) {

    /** Writes the scores. */
    void forward(AttentionShape self, HeadView q, HeadView k, INDArray mask) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            Run run = new Run(self, mask, scratch);
            INDArray dv = run.backward(q, k, k, run.like(self.keys()), run.like(self.keys()));
            first(dv, self).sum(values, 2);
        }
    }

    /** Adds the gradients of q and k to those in a fused projection's. */
    void backward(AttentionShape self, HeadView q, HeadView k, INDArray mask, INDArray dqkv) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            Run run = new Run(self, mask, scratch);
            INDArray v = run.like(self.keys()).assign(0);
            first(v, self)
                    .assign(values.reshape('c', self.batch(), self.keys(), 1)
                            .broadcast(self.batch(), self.keys(), self.heads()));
            INDArray dq = run.like(run.shape.queries());
            INDArray dk = run.like(self.keys());
            run.backward(q, k, HeadView.ofTokens(v, self.dim()), dq, dk);
            long inner = dk.size(2);
            dqkv.get(NDArrayIndex.all(), NDArrayIndex.interval(0, run.shape.queries()), NDArrayIndex.interval(0, inner))
                    .addi(dq);
            dqkv.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(inner, 2 * inner))
                    .addi(dk);
        }
    }

    /** The first element of every head's vector, {@code [mb, tokens, heads]}. */
    private static INDArray first(INDArray tokens, AttentionShape self) {
        return tokens.reshape('c', self.batch(), tokens.size(1), self.heads(), self.dim())
                .get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.point(0));
    }

    /** Attention of the tokens that count. */
    private final class Run {
        private final AttentionShape shape;
        private final INDArray mask;
        private final Arena.Scratch scratch;
        private final DataType type = values.dataType();

        Run(AttentionShape self, INDArray mask, Arena.Scratch scratch) {
            this.shape = new AttentionShape(
                    self.batch(),
                    self.heads(),
                    classToken ? 1 : self.queries(),
                    self.keys(),
                    self.dim(),
                    self.scale(),
                    false);
            this.mask = mask;
            this.scratch = scratch;
        }

        INDArray like(long tokens) {
            return scratch.take(type, shape.batch(), tokens, (long) shape.heads() * shape.dim());
        }

        /** Gradients of an output that has the tokens' weights in each head's first element; that of v. */
        INDArray backward(HeadView q, HeadView k, HeadView v, INDArray dq, INDArray dk) {
            INDArray out = like(shape.queries());
            INDArray lse = scratch.take(Buffers.statistic(type), shape.batch(), shape.heads(), shape.queries());
            AttentionForward forward =
                    new AttentionForward(shape, q, k, v, mask, HeadView.ofTokens(out, shape.dim()), lse, null);
            AttentionKernels.get().forward(forward);
            INDArray weights = like(shape.queries()).assign(0);
            weigh(first(weights, shape));
            INDArray dv = like(shape.keys());
            int dim = shape.dim();
            AttentionKernels.get()
                    .backward(new AttentionBackward(
                            forward,
                            HeadView.ofTokens(weights, dim),
                            HeadView.ofTokens(dq, dim),
                            HeadView.ofTokens(dk, dim),
                            HeadView.ofTokens(dv, dim)));
            return dv;
        }

        private void weigh(INDArray weights) {
            if (classToken || mask == null) {
                weights.assign(1.0 / ((long) shape.heads() * shape.queries()));
                return;
            }
            INDArray shown = mask.castTo(type).dup('c');
            shown.diviColumnVector(
                    Transforms.max(shown.sum(true, 1), 1).muli(shape.heads())); // of an example without any, 0
            weights.assign(shown.reshape('c', shape.batch(), shape.queries(), 1)
                    .broadcast(shape.batch(), shape.queries(), shape.heads()));
        }
    }
}
