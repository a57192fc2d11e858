package org.revlayers.layers;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.AttentionShape;
import org.revlayers.kernel.Gemm;
import org.revlayers.kernel.HeadView;
import org.revlayers.kernel.Kernels;
import org.revlayers.memory.Arena;
import org.revlayers.memory.Form;
import org.revlayers.memory.Kept;

/**
 * The maths of multi-head self-attention with one fused projection: [q k v] = z·Wqkv + bqkv, o = attention(q, k, v), y = o·Wo (+ bo,
 * added by the caller). Keeps q, k, v, o and one number per row and head; the probabilities only if asked to, for comparison.
 *
 * @param heads             number of heads
 * @param keepProbabilities keep tokens × tokens probabilities per head instead of computing them again
 */
record SelfAttention(int heads, boolean keepProbabilities) {

    static final String QKV_W = "qkvW";
    static final String QKV_B = "qkvB";
    static final String OUT_W = "projW";
    static final String OUT_B = "projB";

    static List<ParamSpec> params(long in, long inner, long out) {
        return List.of(
                new ParamSpec(QKV_W, new long[] {in, 3 * inner}, ParamSpec.Kind.WEIGHT, in, inner, 0),
                ParamSpec.bias(QKV_B, 3 * inner),
                ParamSpec.weight(OUT_W, inner, out),
                ParamSpec.bias(OUT_B, out));
    }

    static List<KeptTensor> predict(long tokens, long inner, int heads, boolean keepProbabilities) {
        List<KeptTensor> kept = new java.util.ArrayList<>();
        kept.add(KeptTensor.dense("qkv", tokens * 3 * inner));
        kept.add(KeptTensor.dense("attention", tokens * inner));
        kept.add(KeptTensor.rebuilt("attention_lse", tokens * heads));
        if (keepProbabilities) {
            kept.add(KeptTensor.dense("probabilities", tokens * tokens * heads));
        }
        return kept;
    }

    /**
     * @param z     {@code [mb·tokens, in]}, must be there again in backward
     * @param batch mb
     * @param mask  {@code [mb, tokens]}, 0 hides a token as a key; or null
     * @param out   {@code [mb·tokens, out]}: y without the output bias is written here
     */
    void forward(INDArray z, long batch, INDArray mask, Weights w, INDArray out, Kept keep) {
        Kernels kernels = Kernels.get();
        DataType type = z.dataType();
        long tokens = z.size(0) / batch;
        long inner = w.get(OUT_W).size(0);
        INDArray qkv = keep.take("qkv", Form.DENSE, type, batch, tokens, 3 * inner);
        Gemm.multiply(z, w.get(QKV_W), Gemm.rows(qkv));
        kernels.addBias(qkv, w.get(QKV_B));
        INDArray o = keep.take("attention", Form.DENSE, type, batch, tokens, inner);
        INDArray lse = keep.take("attention_lse", Form.REBUILT, type, batch, heads, tokens);
        INDArray probs =
                keepProbabilities ? keep.take("probabilities", Form.DENSE, type, batch, heads, tokens, tokens) : null;
        int dim = (int) (inner / heads);
        kernels.attention(
                AttentionShape.self(batch, heads, tokens, dim),
                HeadView.part(qkv, 0, 3, dim),
                HeadView.part(qkv, 1, 3, dim),
                HeadView.part(qkv, 2, 3, dim),
                mask,
                HeadView.ofTokens(o, dim),
                lse,
                probs);
        Gemm.multiply(Gemm.rows(o), w.get(OUT_W), out);
    }

    /**
     * Writes all four parameter gradients and gives back what was kept.
     *
     * @param z  the input of forward
     * @param dy {@code [mb·tokens, out]}
     * @param dz {@code [mb·tokens, in]}: the input gradient is written or added here; may be dy if it is added
     */
    void backward(
            INDArray z, INDArray dy, long batch, INDArray mask, Weights w, INDArray dz, boolean accumulate, Kept keep) {
        Kernels kernels = Kernels.get();
        long tokens = z.size(0) / batch;
        INDArray qkv = keep.get("qkv");
        INDArray o = keep.get("attention");
        long inner = o.size(-1);
        int dim = (int) (inner / heads);
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            kernels.columnSums(dy, w.gradient(OUT_B));
            Gemm.weightGradient(Gemm.rows(o), dy, w.gradient(OUT_W), false);
            INDArray dO = scratch.take(z.dataType(), batch, tokens, inner);
            Gemm.inputGradient(dy, w.get(OUT_W), Gemm.rows(dO), false);
            INDArray dqkv = scratch.take(z.dataType(), batch, tokens, 3 * inner);
            kernels.attentionBackward(
                    AttentionShape.self(batch, heads, tokens, dim),
                    HeadView.part(qkv, 0, 3, dim),
                    HeadView.part(qkv, 1, 3, dim),
                    HeadView.part(qkv, 2, 3, dim),
                    mask,
                    HeadView.ofTokens(o, dim),
                    keep.get("attention_lse"),
                    keep.get("probabilities"),
                    HeadView.ofTokens(dO, dim),
                    HeadView.part(dqkv, 0, 3, dim),
                    HeadView.part(dqkv, 1, 3, dim),
                    HeadView.part(dqkv, 2, 3, dim));
            List.of("qkv", "attention", "attention_lse", "probabilities").forEach(keep::release);
            scratch.give(dO);
            INDArray rows = Gemm.rows(dqkv);
            kernels.columnSums(rows, w.gradient(QKV_B));
            Gemm.weightGradient(z, rows, w.gradient(QKV_W), false);
            Gemm.inputGradient(rows, w.get(QKV_W), dz, accumulate);
        }
    }
}
