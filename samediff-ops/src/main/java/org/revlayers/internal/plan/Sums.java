package org.revlayers.internal.plan;

/** Sums of bytes and nanoseconds that cannot overflow: they are in 64 bits, up to 2⁶², or refused. */
public final class Sums {

    /** More than any machine has, and so far from overflow that two may be added. */
    public static final long MOST = 1L << 62;

    private static final double PER_SECOND = 1e9;

    private Sums() {}

    /** A size that was measured. */
    static void require(long bytes, String what) {
        if (bytes < 0) {
            throw new IllegalArgumentException(
                    what + " are not negative, got " + bytes + ": a size that is not known has to be found out first");
        }
    }

    static long add(long a, long b, String what) {
        try {
            long sum = Math.addExact(a, b);
            if (sum <= MOST) {
                return sum;
            }
        } catch (ArithmeticException e) {
            // beyond 2^63 - 1: refused below
        }
        throw new IllegalArgumentException(
                what + " add up to at most 2^62, but " + a + " and " + b + " are more: look for a wrong size or unit");
    }

    static long nanos(double seconds) {
        return Math.round(seconds * PER_SECOND);
    }

    static double seconds(long nanos) {
        return nanos / PER_SECOND;
    }
}
