package org.revlayers.keep;

/**
 * What an element that was not kept counts as in backward.
 *
 * @since 0.1.0
 */
public enum RazorFill {
    /** 0, as in Back Razor. */
    ZERO,
    /**
     * The mean of its example's dropped elements on its side of 0: above, or not. One more bit per element, and two numbers per example. The
     * largest elements, kept as they are, and one bit for each of the others make an x̂ that is close to x where zeros are not: of a normal
     * distribution with 0.9 dropped x̂ has 83 % of the energy, not 44 %, and no direction of a weight goes without a gradient.
     */
    MEAN
}
