package org.revlayers.internal.layers;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.kernel.attention.AttentionShape;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.internal.memory.Arena;

/**
 * The maths of multi-head self-attention with one fused projection: [q k v] = z·Wqkv + bqkv, o = attention(q, k, v), y = o·Wo (+ bo,
 * added by the caller). Keeps o and what an {@link AttentionCore} keeps: q, k, v and one number per row and head; the probabilities only
 * if asked to.
 *
 * @param heads             number of heads
 * @param keepProbabilities keep tokens × tokens probabilities per head instead of computing them again
 */
public record SelfAttention(int heads, boolean keepProbabilities) {

    static final String QKV_W = "qkvW";
    static final String QKV_B = "qkvB";
    static final String OUT_W = "projW";
    public static final String OUT_B = "projB";

    /** z, where a block keeps it thinned. */
    public static final String INPUT = "attention_in";

    private static final String OUTPUT = "attention";

    public static List<ParamSpec> params(long in, long inner, long out) {
        return List.of(
                new ParamSpec(QKV_W, new long[] {in, 3 * inner}, ParamSpec.Kind.WEIGHT, in, inner, 0),
                ParamSpec.bias(QKV_B, 3 * inner),
                ParamSpec.weight(OUT_W, inner, out),
                ParamSpec.bias(OUT_B, out));
    }

    public static List<Prediction> predict(
            long tokens, long inner, int heads, boolean keepProbabilities, Thinning thinning) {
        List<Prediction> kept =
                new ArrayList<>(AttentionCore.predict(tokens, inner, heads, keepProbabilities, thinning));
        kept.addAll(Thinning.predict(thinning, OUTPUT, tokens * inner));
        return kept;
    }

    private AttentionCore core(long batch, long tokens, long inner, INDArray mask) {
        AttentionShape shape = AttentionShape.self(batch, heads, tokens, (int) (inner / heads));
        return new AttentionCore(shape, mask, keepProbabilities);
    }

    /**
     * @param z    {@code [mb·tokens, in]}, must be there again in backward
     * @param mask {@code [mb, tokens]}, 0 hides a token as a key; or null
     * @param out  {@code [mb·tokens, out]}: y without the output bias is written here
     * @param scores receive how much attention tokens get; or null
     */
    public void forward(
            INDArray z, INDArray mask, Weights w, INDArray out, @Nullable TokenScores scores, ActivationStore store) {
        DataType type = z.dataType();
        long batch = store.batch();
        long tokens = z.size(0) / batch;
        long inner = w.get(OUT_W).size(0);
        INDArray qkv = store.take(AttentionCore.QKV, type, batch, tokens, 3 * inner);
        Gemm.multiply(z, w.get(QKV_W), Gemm.rows(qkv));
        LinearKernels.get().addBias(qkv, w.get(QKV_B));
        INDArray o = store.take(OUTPUT, type, batch, tokens, inner);
        core(batch, tokens, inner, mask).forward(qkv, o, scores, store);
        store.thin(OUTPUT, o);
        Gemm.multiply(Gemm.rows(o), w.get(OUT_W), out);
        store.free(o);
    }

    /**
     * Writes the parameter gradients that are wanted and gives back what was kept.
     *
     * @param input of forward
     * @param dy    {@code [mb·tokens, out]}
     * @param dz    {@code [mb·tokens, in]}: the input gradient is written or added here; may be dy if it is added
     * @param scores gradients of the scores that forward gave; or null
     */
    public void backward(
            LinearInput input,
            INDArray dy,
            INDArray mask,
            Weights w,
            INDArray dz,
            boolean accumulate,
            @Nullable TokenScores scores,
            ActivationStore store) {
        DataType type = dy.dataType();
        long batch = store.batch();
        long tokens = dy.size(0) / batch;
        long inner = w.get(OUT_W).size(0);
        Arena.Scratch scratch = store.scratch();
        w.biasGradient(OUT_B, dy);
        INDArray o = store.isThinned() ? null : store.keep().get(OUTPUT);
        store.weightGradient(OUTPUT, o == null ? null : Gemm.rows(o), dy, w.gradient(OUT_W));
        INDArray dO = scratch.take(type, batch, tokens, inner);
        Gemm.inputGradient(dy, w.get(OUT_W), Gemm.rows(dO), false);
        INDArray dqkv = scratch.take(type, batch, tokens, 3 * inner);
        core(batch, tokens, inner, mask).backward(o, dO, dqkv, scores, store);
        store.keep().release(OUTPUT);
        scratch.give(dO);
        INDArray rows = Gemm.rows(dqkv);
        w.biasGradient(QKV_B, rows);
        input.weightGradient(rows, w.gradient(QKV_B), w.gradient(QKV_W), store);
        Gemm.inputGradient(rows, w.get(QKV_W), dz, accumulate);
        scratch.give(dqkv);
    }
}
