package org.revlayers.internal.kernel.activation;

/**
 * The standard normal distribution in double precision, with a relative error of about 1e-15 in both tails.
 *
 * <pre>
 *   Φ(−u) = ½·erfc(u/√2) = ½·exp(−u²/2)·C(t)/(1 + u·√2)     u ≥ 0,  t = (u/√2 − 3.75)/(u/√2 + 3.75)
 * </pre>
 *
 * C is the Chebyshev series of (1 + 2x)·exp(x²)·erfc(x): smooth and of the order of one everywhere, so that nothing cancels. The form is
 * that of Shepherd and Laframboise, Mathematics of Computation 36 (1981); the coefficients were computed here with 60 digits.
 */
final class Gaussian {

    private static final double SQRT_HALF = Math.sqrt(0.5);
    private static final double DENSITY_AT_ZERO = 1 / Math.sqrt(2 * Math.PI);
    /** Beyond this the tail is below the smallest double. */
    private static final double LAST = 40;

    /** Coefficients of T0/2, T1, T2, … */
    private static final double[] SERIES = {
        2.3551578691348035082,
        -0.0045900545806464773309,
        -0.084249133366517915584,
        0.059209939998191890498,
        -0.026658668435305752277,
        0.0090749976707052650939,
        -0.0024131635404176081909,
        4.9077583652580863229e-4,
        -6.9169733025012063671e-5,
        4.1390279860730101675e-6,
        7.7403830661984906686e-7,
        -2.1886401049234395661e-7,
        1.0764999465670910377e-8,
        4.5219598112182868979e-9,
        -7.7544002088313511065e-10,
        -6.3180883408866844944e-11,
        2.8687950109306698981e-11,
        1.945586854577734723e-13,
        -9.6546967484334389059e-13,
        3.2525481481487398415e-14,
        3.3478119482868053878e-14,
        -1.8645628804193131015e-15,
        -1.2507950530688647085e-15,
        7.418235256624043463e-17,
        5.0681489047961113168e-17
    };

    private Gaussian() {}

    /** φ(u) = exp(−u²/2)/√(2π). */
    static double density(double u) {
        return DENSITY_AT_ZERO * bell(u);
    }

    /** Φ(u): the probability of a value below u. NaN for NaN. */
    static double cumulative(double u) {
        return u > 0 ? 1 - tail(u) : tail(-u);
    }

    /** Φ(−u) for u ≥ 0. */
    private static double tail(double u) {
        if (u > LAST) {
            return 0;
        }
        double x = u * SQRT_HALF;
        double t = 1 - 7.5 / (x + 3.75);
        double b1 = 0;
        double b2 = 0;
        for (int k = SERIES.length - 1; k > 0; k--) {
            double b = 2 * t * b1 - b2 + SERIES[k];
            b2 = b1;
            b1 = b;
        }
        return 0.5 * bell(u) * (t * b1 - b2 + 0.5 * SERIES[0]) / (1 + 2 * x);
    }

    /** exp(−u²/2), with the rounding error of the square put back: it would be magnified by u²/2. */
    private static double bell(double u) {
        if (Math.abs(u) > LAST) {
            return 0;
        }
        double square = u * u;
        return Math.exp(-0.5 * square) * (1 - 0.5 * Math.fma(u, u, -square));
    }
}
