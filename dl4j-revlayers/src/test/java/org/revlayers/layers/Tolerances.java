package org.revlayers.layers;

/** Every tolerance of the layers' tests, with its reason. Anything that is not named here is compared bit for bit. */
public final class Tolerances {

    /**
     * The same numbers through matrix products of other shapes (another batch size), in fp32: BLAS sums in another order; terms of the
     * order of one, at most a few dozen to a sum, a few layers deep.
     */
    public static final double FLOAT_ORDER = 2e-5;

    /** As {@link #FLOAT_ORDER}, in double. */
    public static final double DOUBLE_ORDER = 1e-12;

    /**
     * Central differences against exact gradients in double, relative: step 1e-6, truncation of the order of its square, cancellation
     * 1e-16 / 1e-6.
     */
    public static final double DIFFERENCES = 1e-5;

    /** The approximate derivative's gradient against the exact one: the cosine that methods such as Approx-BP need to train. */
    public static final double APPROXIMATE_COSINE = 0.9;

    /** Max-norm constraints divide by a norm computed in fp32. */
    public static final double NORM_LIMIT = 1e-4;

    private Tolerances() {}
}
