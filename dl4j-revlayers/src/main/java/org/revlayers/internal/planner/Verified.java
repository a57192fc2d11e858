package org.revlayers.internal.planner;

import java.util.Locale;
import org.revlayers.plan.Bytes;

/**
 * What steps of copies of a network took.
 *
 * @param plan  of one trained by a plan
 * @param plain of one with all units stored
 */
public record Verified(Measured plan, Measured plain) {

    /** The most live bytes, and the seconds of the fastest step. */
    public record Measured(long peakBytes, double seconds) {}

    /** Beside what was predicted: a line for the plan, and one for plain. */
    public String beside(PlanFigures predicted) {
        return line("planned", plan, predicted.plan()) + line("plain", plain, predicted.plain());
    }

    private static String line(String name, Measured measured, PlanFigures.Totals predicted) {
        return String.format(
                Locale.ROOT,
                "%-8s peak: predicted %s, measured %s (%.4f); step: predicted %.3f s, measured %.3f s (%.2f)%n",
                name,
                Bytes.text(predicted.peakBytes()),
                Bytes.text(measured.peakBytes()),
                (double) measured.peakBytes() / predicted.peakBytes(),
                predicted.seconds(),
                measured.seconds(),
                measured.seconds() / predicted.seconds());
    }
}
