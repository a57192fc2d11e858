package org.revlayers.chain;

/** Chooses S of integer streams, value = integer·2^−S, from the largest magnitude that was seen. */
final class StreamRange {

    private static final int FINEST = 20;

    /** Coarser than this, a resolution of 1.5e-5, the output's exactness in fp32 is not worth it. */
    private static final int COARSEST_IN_FLOAT = 16;

    private static final double HEADROOM = 2;

    private StreamRange() {}

    /**
     * The finest of at most 20 bits at which twice the magnitude is exact as an fp32 number, so that the end state can share the output's memory; if that
     * is coarser than 16 bits, the finest at which 64 times the magnitude fits 32 bits.
     */
    static int scale(double largest) {
        if (!Double.isFinite(largest)) {
            throw new ArithmeticException(
                    "the range of a chain's streams cannot be chosen: a value is not finite; nothing was"
                            + " updated: check the input and the learning rate");
        }
        int inFloat = bits(24, largest * HEADROOM);
        return inFloat >= COARSEST_IN_FLOAT ? inFloat : bits(31, largest * 64);
    }

    private static int bits(int integerBits, double magnitude) {
        int exponent = magnitude == 0 ? 0 : Math.getExponent(magnitude) + 1;
        return Math.max(0, Math.min(FINEST, integerBits - exponent));
    }
}
