package org.revlayers.internal.kernel.attention;

import org.revlayers.internal.kernel.Sizes;

/**
 * The sizes of one attention: S = scale·Q·Kᵀ, P = softmax(S), O = P·V for each batch item and head.
 *
 * @param batch   batch items
 * @param heads   heads
 * @param queries tokens of Q and O
 * @param keys    tokens of K and V
 * @param dim     features of one head
 * @param scale   usually 1/√dim
 * @param causal  query i sees keys 0..i only
 */
public record AttentionShape(int batch, int heads, int queries, int keys, int dim, double scale, boolean causal) {

    /** Self-attention over all tokens with scale 1/√dim. */
    public static AttentionShape self(long batch, int heads, long tokens, int dim) {
        int exact = Sizes.exact("tokens", tokens);
        return new AttentionShape(
                Sizes.exact("batch items", batch), heads, exact, exact, dim, 1 / Math.sqrt(dim), false);
    }
}
