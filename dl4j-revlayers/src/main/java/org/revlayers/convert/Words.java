package org.revlayers.convert;

import java.util.function.Supplier;
import org.revlayers.internal.memory.ComparisonText;

/** What reports of conversions and of their ways back both say. */
final class Words {

    private Words() {}

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
        return told(largest, () -> ComparisonText.difference(difference, largest));
    }

    /** What reports say of the bytes kept for backward. */
    static String predicted(long before, long after) {
        return before < 0 || after < 0
                ? String.format(
                        "predicted for backward: unknown, the model does not give the outputs of its layers one by one%n")
                : ComparisonText.predicted(before, after);
    }
}
