package org.revlayers.layers;

/**
 * What decides which tokens a {@link TransformerBlock} keeps: how much attention they receive in it, as the mean over its heads.
 *
 * @since 0.1.0
 */
public enum TokenScore {
    /** From the first token, the class token. */
    CLASS_TOKEN,
    /** From all tokens, in the mean: for networks without a class token. The first token stays here, too. */
    MEAN_RECEIVED
}
