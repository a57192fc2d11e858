package org.revlayers.internal.layers;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.attention.AttentionBackward;
import org.revlayers.internal.kernel.attention.AttentionForward;
import org.revlayers.internal.kernel.attention.AttentionKernels;
import org.revlayers.internal.kernel.attention.AttentionShape;
import org.revlayers.internal.kernel.attention.HeadView;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.memory.Arena;

/**
 * Attention between its projections, and what it keeps.
 *
 * <p>Dense: q, k, v and log Σ exp per row; exact. Thinned (Back Razor): q̂, k̂, v̂, each with a threshold of its own, and either
 *
 * <pre>
 *   P̂, thinned per example over all heads:   dV = P̂ᵀ·dO;  dP = dO·V̂ᵀ;  dS = P̂ ⊙ (dP − rowsum(dP ⊙ P̂));  dQ = s·dS·K̂;  dK = s·dSᵀ·Q̂
 *   or nothing more:                         the same with P = softmax(s·Q̂·K̂ᵀ) in place of P̂
 * </pre>
 *
 * <p>rowsum(dP ⊙ P̂) is taken as rowsum(dO ⊙ P̂·V̂), which is the same number and needs no tokens × tokens array.
 *
 * @param shape             sizes and scale
 * @param mask              {@code [mb, tokens]}, 0 hides a token as a key; or null
 * @param keepProbabilities the first way
 */
record AttentionCore(AttentionShape shape, INDArray mask, boolean keepProbabilities) {

    /** q, k, v, fused. */
    static final String QKV = "qkv";

    private static final String LSE = "attention_lse";
    private static final String PROBABILITIES = "probabilities";
    private static final List<String> PARTS = List.of("q", "k", "v");

    static List<Prediction> predict(long tokens, long inner, int heads, boolean keepProbabilities, Thinning thinning) {
        List<Prediction> kept = new ArrayList<>();
        if (thinning == null) {
            kept.add(Prediction.dense(QKV, tokens * 3 * inner));
            kept.add(Prediction.rebuilt(LSE, tokens * heads));
        } else {
            PARTS.forEach(part -> kept.addAll(thinning.predict(part, tokens * inner)));
        }
        if (keepProbabilities) {
            kept.addAll(Thinning.predict(thinning, PROBABILITIES, tokens * tokens * heads));
        }
        return kept;
    }

    /** @param qkv {@code [mb, tokens, 3·inner]}, taken from {@code store} as {@link #QKV}; it is thinned and freed here */
    void forward(INDArray qkv, INDArray o, @Nullable TokenScores scores, ActivationStore store) {
        DataType type = qkv.dataType();
        INDArray lse = store.isThinned()
                ? null
                : store.keep()
                        .take(
                                LSE,
                                Form.REBUILT,
                                Buffers.statistic(type),
                                shape.batch(),
                                shape.heads(),
                                shape.queries());
        INDArray probabilities = keepProbabilities ? store.take(PROBABILITIES, type, square()) : null;
        if (store.isThinned()) {
            thinParts(qkv, store);
        }
        AttentionKernels.get()
                .forward(new AttentionForward(
                        shape,
                        part(qkv, 0),
                        part(qkv, 1),
                        part(qkv, 2),
                        mask,
                        HeadView.ofTokens(o, shape.dim()),
                        lse,
                        probabilities));
        if (scores != null) {
            scores.forward(shape, part(qkv, 0), part(qkv, 1), mask);
        }
        if (keepProbabilities) {
            store.keep(PROBABILITIES, probabilities);
            store.free(probabilities);
        }
        store.free(qkv);
    }

    private long[] square() {
        return new long[] {shape.batch(), shape.heads(), shape.queries(), shape.keys()};
    }

    private HeadView part(INDArray qkv, int part) {
        return HeadView.part(qkv, part, PARTS.size(), shape.dim());
    }

    private void thinParts(INDArray qkv, ActivationStore store) {
        long inner = qkv.size(2) / PARTS.size();
        if (store.keep().isRead()) {
            INDArray copy = store.scratch().take(qkv.dataType(), qkv.size(0), qkv.size(1), inner);
            for (int i = 0; i < PARTS.size(); i++) {
                INDArray part = qkv.get(
                        NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(i * inner, (i + 1) * inner));
                copy.assign(part);
                store.thin(PARTS.get(i), copy);
                if (store.prunesForward()) {
                    part.assign(copy);
                }
            }
            store.scratch().give(copy);
        }
    }

    /**
     * Gives back what was kept.
     *
     * @param o    the output of forward; not read if activations are thinned
     * @param dO   its gradient
     * @param dqkv {@code [mb, tokens, 3·inner]}, receives the gradient
     */
    void backward(INDArray o, INDArray dO, INDArray dqkv, @Nullable TokenScores scores, ActivationStore store) {
        DataType type = dO.dataType();
        if (!store.isThinned()) {
            INDArray qkv = store.keep().get(QKV);
            HeadView[] parts = {part(qkv, 0), part(qkv, 1), part(qkv, 2)};
            INDArray probabilities = store.keep().get(PROBABILITIES);
            backward(parts, o, store.keep().get(LSE), probabilities, dO, dqkv);
            scored(parts, dqkv, scores);
            List.of(QKV, LSE, PROBABILITIES).forEach(store.keep()::release);
            return;
        }
        Arena.Scratch scratch = store.scratch();
        INDArray[] arrays = new INDArray[PARTS.size()];
        HeadView[] parts = new HeadView[PARTS.size()];
        for (int i = 0; i < parts.length; i++) {
            arrays[i] = store.recall(PARTS.get(i), type, dO.shape());
            parts[i] = HeadView.ofTokens(arrays[i], shape.dim());
        }
        INDArray output = scratch.take(type, dO.shape());
        INDArray lse = null;
        INDArray probabilities = null;
        if (keepProbabilities) {
            probabilities = store.recall(PROBABILITIES, type, square());
            product(probabilities, arrays[2], output);
        } else {
            lse = scratch.take(Buffers.statistic(type), shape.batch(), shape.heads(), shape.queries());
            AttentionKernels.get()
                    .forward(AttentionForward.of(
                                    shape, parts[0], parts[1], parts[2], HeadView.ofTokens(output, shape.dim()))
                            .withKeyMask(mask)
                            .withLse(lse));
        }
        backward(parts, output, lse, probabilities, dO, dqkv);
        scored(parts, dqkv, scores);
        for (int i = 0; i < parts.length; i++) {
            store.forget(PARTS.get(i), arrays[i]);
        }
        if (keepProbabilities) {
            store.forget(PROBABILITIES, probabilities);
        }
        scratch.give(output);
        scratch.give(lse);
    }

    private void scored(HeadView[] parts, INDArray dqkv, @Nullable TokenScores scores) {
        if (scores != null) {
            scores.backward(shape, parts[0], parts[1], mask, dqkv);
        }
    }

    /** out = P·V, head by head. */
    private void product(INDArray probabilities, INDArray v, INDArray out) {
        for (int b = 0; b < shape.batch(); b++) {
            for (int h = 0; h < shape.heads(); h++) {
                INDArray p = probabilities.get(
                        NDArrayIndex.point(b), NDArrayIndex.point(h), NDArrayIndex.all(), NDArrayIndex.all());
                Gemm.multiply(p, head(v, b, h), head(out, b, h));
            }
        }
    }

    private INDArray head(INDArray tokens, int b, int h) {
        return tokens.get(
                NDArrayIndex.point(b),
                NDArrayIndex.all(),
                NDArrayIndex.interval((long) h * shape.dim(), (h + 1L) * shape.dim()));
    }

    private void backward(
            HeadView[] parts, INDArray o, INDArray lse, INDArray probabilities, INDArray dO, INDArray dqkv) {
        int dim = shape.dim();
        AttentionKernels.get()
                .backward(new AttentionBackward(
                        new AttentionForward(
                                shape,
                                parts[0],
                                parts[1],
                                parts[2],
                                mask,
                                HeadView.ofTokens(o, dim),
                                lse,
                                probabilities),
                        HeadView.ofTokens(dO, dim),
                        part(dqkv, 0),
                        part(dqkv, 1),
                        part(dqkv, 2)));
    }
}
