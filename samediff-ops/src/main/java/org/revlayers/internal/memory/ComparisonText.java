package org.revlayers.internal.memory;

import java.util.Locale;

/** What reports say of a converted network or graph beside the one that it was made of. */
public final class ComparisonText {

    private static final double MIB = 1 << 20;

    private ComparisonText() {}

    /** The bytes that a step keeps for backward. */
    public static String predicted(long before, long after) {
        return String.format(
                Locale.ROOT, "predicted for backward: %.2f MiB before, %.2f MiB after%n", before / MIB, after / MIB);
    }

    /** One difference on a sample. */
    public static String difference(double difference, double largest) {
        return String.format(
                Locale.ROOT, "output difference on the sample: %.3g, of outputs up to %.3g%n", difference, largest);
    }

    /** The differences of chains on a sample. */
    public static String difference(double plain, double start, double largest) {
        return String.format(
                Locale.ROOT,
                "output difference on the sample: %.3g at (1, 0), %.3g at the start coefficients, of outputs up to %.3g%n",
                plain,
                start,
                largest);
    }
}
