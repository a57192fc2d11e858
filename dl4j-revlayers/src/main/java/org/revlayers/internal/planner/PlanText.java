package org.revlayers.internal.planner;

import java.util.Locale;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.revlayers.plan.Bytes;
import org.revlayers.plan.Exactness;

/** Plans as tables to read. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class PlanText {

    private static final double MILLIS = 1e3;
    private static final long EPOCH = 10_000;

    /** What the budget bounds, a line per unit, and at most ten budgets with what they would take. */
    public static String of(PlanFigures plan) {
        StringBuilder out = new StringBuilder(plan.budget().toString()).append(System.lineSeparator());
        out.append(String.format(
                Locale.ROOT,
                "predicted for batch %d: peak %s (plain %s), kept %s (plain %s), step %.3f s (plain %.3f s); %s%n",
                plan.batch(),
                Bytes.text(plan.plan().peakBytes()),
                Bytes.text(plan.plain().peakBytes()),
                Bytes.text(plan.plan().keptBytes()),
                Bytes.text(plan.plain().keptBytes()),
                plan.plan().seconds(),
                plan.plain().seconds(),
                words(plan.exactness())));
        out.append(String.format(
                "%-32s %-11s %-6s %12s %12s %10s%n", "unit", "answer", "exact", "kept", "peak here", "extra ms"));
        for (PlanFigures.Row row : plan.rows()) {
            out.append(String.format(
                    Locale.ROOT,
                    "%-32s %-11s %-6s %12s %12s %10.1f%s%n",
                    row.name(),
                    row.answer().label(),
                    row.exactness() == Exactness.SAME_FUNCTION ? "yes" : "no",
                    Bytes.text(row.keptBytes()),
                    Bytes.text(row.peakBytes()),
                    row.seconds() * MILLIS,
                    row.binds() ? "  < the peak" : ""));
        }
        out.append(String.format("beside units %s%n", Bytes.text(plan.restBytes())));
        if (plan.plan().writtenBytes() > 0) {
            out.append(String.format(
                    Locale.ROOT,
                    "written to a disk, and read again: %s a step; %s in an epoch of 10,000 examples%n",
                    Bytes.text(plan.plan().writtenBytes()),
                    Bytes.text(plan.plan().writtenBytes() * EPOCH / plan.batch())));
        }
        out.append(System.lineSeparator());
        if (plan.batches().largest() > 0) {
            out.append(String.format(
                    Locale.ROOT,
                    "batches within the budget: fastest %d (%.1f examples a second), largest %d%n%n",
                    plan.batches().fastest(),
                    plan.batches().perSecond(),
                    plan.batches().largest()));
        }
        out.append(String.format("%12s %12s%n", "budget", "step s"));
        double fastest = plan.plan().seconds()
                - plan.rows().stream().mapToDouble(PlanFigures.Row::seconds).sum();
        for (PlanFigures.Point point : plan.frontier()) {
            out.append(String.format(
                    Locale.ROOT,
                    "%12s %12.3f%s%s%n",
                    Bytes.text(point.peakBytes()),
                    fastest + point.seconds(),
                    point.chosen() ? "  < this plan" : "",
                    point.knee() ? "  (knee)" : ""));
        }
        return out.toString();
    }

    /** What a training by it is, in words. */
    public static String words(Exactness exactness) {
        return switch (exactness) {
            case SAME_FUNCTION -> "the same function and gradients";
            case APPROXIMATE_GRADIENTS -> "the same function, approximate gradients";
            case NEW_FUNCTION -> "another function";
        };
    }
}
