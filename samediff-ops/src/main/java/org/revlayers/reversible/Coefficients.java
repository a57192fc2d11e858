package org.revlayers.reversible;

/**
 * α = a/q and β = b/q of one sub-block in one step: x' = w·F(x) + α·x + y, y' = β·x. The weight w is 1, but 1 + β where β &lt; 0: then γ = −β is
 * the momentum of a Momentum ResNet; and in the forms of {@link ChainForm} in which β is γ, and α = 1 − γ.
 *
 * @param a    numerator of α, 0 ≤ a ≤ 4q
 * @param b    numerator of β, −q &lt; b ≤ q
 * @param q    denominator, a power of two up to 16
 * @param form how they are used; with random signs, the positive sign's
 * @since 0.1.0
 */
public record Coefficients(int a, int b, int q, ChainForm form) {

    /** Checks the bounds. */
    public Coefficients {
        if (q < 1 || q > 16 || Integer.bitCount(q) != 1) {
            throw new IllegalArgumentException(
                    "α and β are multiples of 1/q with q one of 1, 2, 4, 8, 16, not " + q + ": use 8");
        }
        if (a < 0 || a > 4 * q || b <= -q || b > q) {
            throw new IllegalArgumentException("0 <= α <= 4 and -1 < β <= 1 must hold; got α = " + a + "/" + q
                    + ", β = " + b + "/" + q + ": choose coefficients within these bounds");
        }
    }

    /** Those of the form that Dr²Net has. */
    public Coefficients(int a, int b, int q) {
        this(a, b, q, ChainForm.DUAL_RESIDUAL);
    }

    /** The multiples of 1/q that are nearest to these numbers. */
    public static Coefficients nearest(double alpha, double beta, int q) {
        return new Coefficients((int) Math.round(alpha * q), (int) Math.round(beta * q), q);
    }

    /** Weight of the residual edge that the pretrained network has. */
    public double alpha() {
        return (double) a / q;
    }

    /** Weight of the edge that makes the chain reversible. */
    public double beta() {
        return (double) b / q;
    }

    /** Numerator of |β|, which side bits depend on. */
    public int magnitude() {
        return Math.abs(b);
    }

    /** Weight of F: 1 + β where β is γ, in the momentum form too, else 1. */
    public double weight() {
        return b < 0 || form != ChainForm.DUAL_RESIDUAL ? 1 + beta() : 1;
    }

    /** For a function without a residual edge of its own, or one that has added it already. */
    public Coefficients withoutAlpha() {
        return new Coefficients(0, b, q, form);
    }

    /** For streams that begin with y = 0. */
    public Coefficients zero() {
        return new Coefficients(0, 0, q, form);
    }

    /**
     * The factor by which an error grows with every sub-block that is inverted in floating point: 2 / |√(α² + 4β) − α|, one over the smaller root
     * of r² = α·r + β, both of which have magnitude √−β if they are complex; 1/γ in the momentum form.
     */
    public double errorGrowth() {
        double square = alpha() * alpha() + 4 * beta();
        return square < 0 ? 1 / Math.sqrt(-beta()) : 2 / Math.abs(Math.sqrt(square) - alpha());
    }
}
