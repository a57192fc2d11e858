package org.revlayers.reversible;

/**
 * How a sub-block gets what its backward needs. Outputs are the same bits in all of them; with exact streams so are the gradients.
 *
 * @since 0.1.0
 */
public enum ChainMode {
    /** Rebuild the state from the state behind it and compute the sub-block again: keeps side bits only. */
    REVERSE,
    /**
     * Keep everything that the sub-block's layers need: fastest, the most memory; thinned, with gradients that are approximate then, if the
     * function is a {@code RazorSequence}.
     */
    STORE,
    /** Keep the sub-block's input and compute the sub-block again. */
    CHECKPOINT
}
