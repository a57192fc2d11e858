package org.revlayers.reversible;

/**
 * How a chain's two streams begin.
 *
 * @since 0.1.0
 */
public enum StreamStart {
    /** x₀ = input, y₀ = β·input. At (1, 0) the pretrained network, at (0, 1) Re2TAL's and RevNet's duplicated input. */
    BETA_X0,
    /** x₀ = input, y₀ = 0: closer to the pretrained network for a small β. */
    ZERO,
    /** RevNet's split: y₀ is the first half of the features, x₀ the second half; the functions work on half of them. */
    SPLIT
}
