package org.revlayers.internal.planner;

import java.util.Locale;
import org.revlayers.plan.Bytes;

/**
 * A budget in bytes of live arrays, and where it comes from.
 *
 * @param text    as it was asked for
 * @param bytes   for live arrays of a step beyond weights, gradients and updater state
 * @param process for the whole process; 0 if that was not asked for
 * @param weights with their gradients and the updater's state
 * @param data    the batch
 * @param own     of the JVM, ND4J and all else that the process held before, measured
 */
public record BudgetParts(String text, long bytes, long process, long weights, long data, long own) {

    @Override
    public String toString() {
        return process == 0
                ? String.format(
                        Locale.ROOT,
                        "budget %s: %s of live arrays in a step, beyond weights, gradients and updater state",
                        text,
                        Bytes.text(bytes))
                : String.format(
                        Locale.ROOT,
                        "budget %s: %s of the whole process = %s of live arrays + weights, gradients and updater state %s + batch %s + JVM, ND4J and the rest %s",
                        text,
                        Bytes.text(process),
                        Bytes.text(bytes),
                        Bytes.text(weights),
                        Bytes.text(data),
                        Bytes.text(own));
    }
}
