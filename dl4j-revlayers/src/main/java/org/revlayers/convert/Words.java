package org.revlayers.convert;

import java.util.Locale;
import java.util.function.Supplier;

/** What reports of conversions and of their ways back both say. */
final class Words {

    private static final double MIB = 1 << 20;

    private Words() {}

    /** One difference on a sample. */
    private static String difference(double difference, double largest) {
        return String.format(
                Locale.ROOT, "output difference on the sample: %.3g, of outputs up to %.3g%n", difference, largest);
    }

    /** The differences of chains on a sample. */
    static String difference(double plain, double start, double largest) {
        return String.format(
                Locale.ROOT,
                "output difference on the sample: %.3g at (1, 0), %.3g at the start coefficients, of outputs up to %.3g%n",
                plain,
                start,
                largest);
    }

    /** What reports say of differences, unless the network as it was gives no numbers itself; nothing where there are none. */
    static String told(double largest, Supplier<String> difference) {
        if (largest == ConversionReport.NOT_COMPARED) {
            return "";
        }
        return Double.isFinite(largest)
                ? difference.get()
                : String.format("the network itself gives %s on the sample, before any conversion%n", largest);
    }

    /** What reports say of one difference. */
    static String told(double largest, double difference) {
        return told(largest, () -> difference(difference, largest));
    }

    /** What reports say of the bytes kept for backward. */
    static String predicted(long before, long after) {
        return before < 0 || after < 0
                ? String.format(
                        "predicted for backward: unknown; a network has to give the outputs of its layers one by one, a graph to have a loss and, in"
                                + " the sample, the sizes of all placeholders, labels too%n")
                : String.format(
                        Locale.ROOT,
                        "predicted for backward: %.2f MiB before, %.2f MiB after%n",
                        before / MIB,
                        after / MIB);
    }
}
