package org.revlayers.internal.kernel;

/** IEEE 754 binary16: one sign bit, five exponent bits, ten fraction bits; rounding to nearest, ties to even. */
public final class HalfFloat {

    private static final int SMALLEST_EXPONENT = -14;
    private static final int INFINITY = 0x7c00;
    private static final int NAN = 0x7e00;
    private static final double OVERFLOW = 65520; // half way between the largest value and the next power of two

    private HalfFloat() {}

    public static double toDouble(short bits) {
        int exponent = bits >> 10 & 0x1f;
        int fraction = bits & 0x3ff;
        double magnitude =
                switch (exponent) {
                    case 0 -> Math.scalb((double) fraction, SMALLEST_EXPONENT - 10);
                    case 0x1f -> fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
                    default -> Math.scalb((double) (fraction | 0x400), exponent - 25);
                };
        return bits < 0 ? -magnitude : magnitude;
    }

    public static short toBits(double value) {
        int sign = (int) (Double.doubleToRawLongBits(value) >>> 63) << 15;
        double magnitude = Math.abs(value);
        if (Double.isNaN(value)) {
            return (short) (sign | NAN);
        }
        if (magnitude >= OVERFLOW) {
            return (short) (sign | INFINITY);
        }
        int exponent = Math.max(Math.getExponent(magnitude), SMALLEST_EXPONENT);
        int steps = (int) Math.rint(Math.scalb(magnitude, 10 - exponent));
        // The hidden bit of a normal number, and a carry out of the fraction, both add one to the exponent field.
        return (short) (sign | (exponent - SMALLEST_EXPONENT << 10) + steps);
    }
}
