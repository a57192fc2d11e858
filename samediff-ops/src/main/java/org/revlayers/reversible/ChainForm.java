package org.revlayers.reversible;

/**
 * How a sub-block's function enters a chain's streams.
 *
 * <p>The last two are of one family, with γ of sub-block k, x₁ = x₀ + F₀(x₀) at its beginning, and α = 1 − γ:
 *
 * <pre>
 *   xₖ₊₁ = (1 + γₖ)·Fₖ(xₖ) + (1 − γₖ)·xₖ + γₖ·xₖ₋₁
 * </pre>
 *
 * <p>γ = 0 is the plain residual network, x + F(x), and cannot be inverted. A sub-block that has no edge around it on the stream, since a function r
 * comes first or the edge is inside it, is a map G, and F(x) = G(x) − x: (1 + γ)·G(x) − 2γ·x + γ·xₖ₋₁, so that γ = 0 is G(x).
 *
 * @since 0.1.0
 */
public enum ChainForm {
    /** x' = F(x) + α·x + y, y' = β·x: Dr²Net, Re2TAL, RevNet; with β &lt; 0 the momentum form, in which F weighs 1 + β. */
    DUAL_RESIDUAL,
    /** One γ, which is β: γ = 1 is the midpoint method, xₖ₋₁ + 2·F(xₖ) (Gal et al., arXiv 2512.02056, convert language models to such updates). */
    TWO_STEP,
    /**
     * γ = ±β, drawn for every sub-block, sample and step (BDIA, arXiv 2407.09093, in which β = ½). Inference has the mean, γ = 0: the network that was
     * converted, at any time of the training.
     */
    RANDOM_SIGNS;

    /** Coefficients of inference where training has these. */
    Coefficients inference(Coefficients training) {
        return this == RANDOM_SIGNS ? new Coefficients(training.q(), 0, training.q(), this) : training;
    }
}
