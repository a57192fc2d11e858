package org.revlayers.internal.planner;

import java.util.Locale;
import org.revlayers.internal.convert.PlanUnits;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Bytes;

/**
 * Steps of copies of a network, to measure what was predicted.
 *
 * @param network that a plan was made for
 * @param batch   to train on
 */
public record Trial(PlanUnits network, Batch batch) {

    private static String line(String name, Steps.Measured measured, PlanFigures.Totals predicted) {
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

    /** A line for the plan, and one for plain. */
    public String verify(PlanFigures plan) {
        return line("planned", Steps.of(network.apply(plan.assigned(network)), batch), plan.plan())
                + line("plain", Steps.of(network.apply(network.alone(Answer.STORE.memory())), batch), plan.plain());
    }
}
