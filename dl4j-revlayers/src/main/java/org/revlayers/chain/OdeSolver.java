package org.revlayers.chain;

/**
 * How a {@link ReversibleOde} steps through time. Both are of second order and exactly reversible, with one evaluation of f a step and one more; h is
 * the step.
 *
 * @since 0.1.0
 */
public enum OdeSolver {
    /**
     * Asynchronous leapfrog (Mutze 2013; MALI, arXiv 2102.04668), f at the middle of each step. Of (z, v), v₀ = f(z₀, t₀):
     *
     * <pre>
     *   k = z + h/2·v      v' = 2·f(k, t + h/2) − v      z' = k + h/2·v'
     * </pre>
     */
    ALF,
    /**
     * Reversible Heun (arXiv 2105.13493), f at the ends of each step. Of (z, ẑ), ẑ₀ = z₀:
     *
     * <pre>
     *   ẑ' = 2·z − ẑ + h·f(ẑ, t)      z' = z + h/2·(f(ẑ, t) + f(ẑ', t + h))
     * </pre>
     */
    REVERSIBLE_HEUN
}
