package org.revlayers.internal.reversible;

/** Chooses S of integer streams, value = integer·2^−S, from the largest magnitude that was seen: 20 bits at most. */
public final class StreamScale {

    private static final int FINEST = 20;
    private static final int FLOAT_BITS = 24;
    private static final int INTEGER_BITS = 31;

    /** Coarser than this, a resolution of 1.5e-5, the output's exactness in fp32 is not worth it. */
    private static final int COARSEST_IN_FLOAT = 16;

    /** For an S that follows the range. */
    private static final double HEADROOM = 2;

    /** For an S that stays. */
    private static final double ROOM = 64;

    private StreamScale() {}

    /**
     * For a host whose S follows the range, as a DL4J chain's does: the finest at which twice the magnitude is exact as an fp32 number, so that the end
     * state can share the output's memory; if that is coarser than 16 bits, {@link #staying}.
     */
    public static int following(double largest) {
        if (!Double.isFinite(largest)) {
            throw new ArithmeticException(
                    "the range of a chain's streams cannot be chosen: a value is not finite; nothing was"
                            + " updated: check the input and the learning rate");
        }
        int inFloat = bits(FLOAT_BITS, largest * HEADROOM);
        return inFloat >= COARSEST_IN_FLOAT ? inFloat : staying(largest);
    }

    /**
     * For a host that is stateless, as a SameDiff op is, so that S stays and a value beyond the range stops the step: the finest at which 64 times the
     * magnitude fits 32 bits.
     */
    public static int staying(double largest) {
        return bits(INTEGER_BITS, largest * ROOM);
    }

    private static int bits(int integerBits, double magnitude) {
        int exponent = magnitude == 0 ? 0 : Math.getExponent(magnitude) + 1;
        return Math.max(0, Math.min(FINEST, integerBits - exponent));
    }
}
