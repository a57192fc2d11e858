package org.revlayers.internal.kernel.attention;

import static org.revlayers.internal.kernel.Buffers.match;
import static org.revlayers.internal.kernel.Buffers.require;
import static org.revlayers.internal.kernel.Buffers.statistic;
import static org.revlayers.internal.kernel.Buffers.values;

import lombok.With;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The arguments of attention: out = softmax(scale·Q·Kᵀ)·V. A query that sees no key gives zeros.
 *
 * @param shape   the sizes
 * @param q       queries
 * @param k       keys
 * @param v       values
 * @param keyMask {@code [batch, keys]} of the values' type: 0 hides a key, anything else shows it; or null
 * @param out     receives the result
 * @param lse     {@code [batch, heads, queries]} (FLOAT for HALF), receives log Σ exp of each row of S, 0 for a query that sees no key; or null
 * @param probs   {@code [batch, heads, queries, keys]}, receives P; or null
 */
@With
public record AttentionForward(
        AttentionShape shape,
        HeadView q,
        HeadView k,
        HeadView v,
        INDArray keyMask,
        HeadView out,
        INDArray lse,
        INDArray probs) {

    /** Without a mask, with nothing kept. */
    public static AttentionForward of(AttentionShape shape, HeadView q, HeadView k, HeadView v, HeadView out) {
        return new AttentionForward(shape, q, k, v, null, out, null, null);
    }

    void check() {
        require(
                shape.batch() > 0 && shape.heads() > 0 && shape.queries() > 0 && shape.keys() > 0 && shape.dim() > 0,
                "every size of an attention must be positive, got " + shape);
        require(Double.isFinite(shape.scale()), "the scale of an attention must be finite, got " + shape);
        DataType type = values("q", q.array());
        q.check("q", shape, shape.queries(), type);
        k.check("k", shape, shape.keys(), type);
        v.check("v", shape, shape.keys(), type);
        out.check("out", shape, shape.queries(), type);
        match("keyMask", keyMask, (long) shape.batch() * shape.keys(), type);
        long rows = (long) shape.batch() * shape.heads() * shape.queries();
        match("lse", lse, rows, statistic(type));
        match("probs", probs, rows * shape.keys(), type);
    }
}
