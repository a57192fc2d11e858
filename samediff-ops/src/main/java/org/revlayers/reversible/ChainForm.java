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
 * <p>γ = 0 is the plain residual network, x + F(x), and cannot be inverted. Where the pretrained network applies a function r behind an addition, the
 * stream is the sum before it and u = r(x) stands for x: (1 + γ)·F(u) + (1 − γ)·u + γ·xₖ₋₁, which is nearer to that network than the family of the
 * sums is. A function G that has its edge inside, or none, counts as F = G − u: (1 + γ)·G(u) − 2γ·u + γ·xₖ₋₁. γ = 0 is the pretrained network in all of them.
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
