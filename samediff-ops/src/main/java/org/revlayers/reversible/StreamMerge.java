package org.revlayers.reversible;

/**
 * What becomes of the two streams at a chain's end.
 *
 * @since 0.1.0
 */
public enum StreamMerge {
    /** The newer stream, xₙ: what the pretrained network would go on with. */
    X_ONLY,
    /** (xₙ + yₙ) / 2, as Re2TAL does. */
    AVERAGE,
    /** yₙ and xₙ side by side: with a SPLIT start as many features as came in, else twice as many. */
    CONCAT
}
