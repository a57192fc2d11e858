package org.revlayers;

/** Tolerances of the tests on whole networks, with their reasons. */
public final class Tolerances {

    /**
     * A small FLOAT network after a few steps, computed by other kernels (AVX2, AVX-512, portable) that sum in other orders: relative to the
     * largest number of the array.
     */
    public static final double OTHER_KERNELS = 1e-5;

    private Tolerances() {}
}
