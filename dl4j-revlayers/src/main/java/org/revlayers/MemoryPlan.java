package org.revlayers;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.revlayers.internal.convert.PlanUnits;
import org.revlayers.internal.plan.Choice;
import org.revlayers.internal.plan.Frontier;
import org.revlayers.internal.plan.FrontierTable;
import org.revlayers.internal.plan.Solution;
import org.revlayers.internal.plan.Step;
import org.revlayers.internal.planner.NetworkFigures;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Bytes;
import org.revlayers.plan.Exactness;

/** An answer for every unit of a network, what it takes by prediction, and what other budgets would. Made by {@link MemoryPlanner}. */
public final class MemoryPlan {

    private static final double MILLIS = 1e3;

    private final NetworkFigures network;
    private final MemoryBudget budget;
    private final long batch;
    private final Solution plain;
    private final Frontier frontier;
    private final Solution chosen;

    MemoryPlan(
            NetworkFigures network,
            MemoryBudget budget,
            long batch,
            Solution plain,
            Frontier frontier,
            Solution chosen) {
        this.network = network;
        this.budget = budget;
        this.batch = batch;
        this.plain = plain;
        this.frontier = frontier;
        this.chosen = chosen;
    }

    /** The most live bytes of a step beyond weights, gradients and updater state, predicted. */
    public long peakBytes() {
        return chosen.peakBytes();
    }

    /** The same with all units stored. */
    public long plainPeakBytes() {
        return plain.peakBytes();
    }

    /** What units keep between forward and backward, predicted. */
    public long keptBytes() {
        return chosen.keptBytes();
    }

    /** Seconds of a step, predicted from what was measured. */
    public double seconds() {
        return seconds(chosen);
    }

    /** The same with all units stored. */
    public double plainSeconds() {
        return seconds(plain);
    }

    private double seconds(Solution of) {
        double fastest = network.of().stream()
                .mapToDouble(unit -> unit.values().stream()
                        .mapToDouble(f -> f.seconds())
                        .min()
                        .orElse(0))
                .sum();
        return network.rest().seconds() + fastest + of.seconds();
    }

    /** The widest that the plan uses. */
    public Exactness exactness() {
        return chosen.exactness();
    }

    /**
     * A copy of the network that trains by this plan, with the parameters and updater state that it has now.
     *
     * @param <T> the kind of network that the plan was made for
     */
    @SuppressWarnings("unchecked") // of the kind that the planner was given
    public <T> T apply() {
        return (T) network.units().apply(assigned());
    }

    private List<PlanUnits.Assigned> assigned() {
        List<PlanUnits.Assigned> assigned = new ArrayList<>();
        for (Step step : chosen.steps()) {
            assigned.add(new PlanUnits.Assigned(
                    step.from(), step.to(), Answer.of(step.choice().method()).memory()));
        }
        return assigned;
    }

    /** What the budget bounds, a line per unit, and at most ten budgets with what they would take. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder(String.format(
                Locale.ROOT,
                "budget %s = %s of live arrays in a step of batch %d beyond weights, gradients and updater state; plain takes %s%n",
                budget.text(),
                Bytes.text(budget.bytes(plain.peakBytes())),
                batch,
                Bytes.text(plain.peakBytes())));
        out.append(String.format(
                Locale.ROOT,
                "predicted: peak %s, kept %s and %s beside units, %.3f s a step (plain %.3f s), %s%n",
                Bytes.text(peakBytes()),
                Bytes.text(keptBytes()),
                Bytes.text(network.rest().bytes()),
                seconds(),
                plainSeconds(),
                words(exactness())));
        out.append(String.format(
                "%-28s %-11s %-6s %12s %12s %10s%n", "unit", "answer", "exact", "kept", "peak", "extra ms"));
        for (int i = 0; i < chosen.steps().size(); i++) {
            Choice choice = chosen.steps().get(i).choice();
            out.append(String.format(
                    Locale.ROOT,
                    "%-28s %-11s %-6s %12s %12s %10.1f%s%n",
                    chosen.name(i),
                    choice.method(),
                    choice.exactness() == Exactness.SAME_FUNCTION ? "yes" : "no",
                    Bytes.text(choice.keptBytes()),
                    Bytes.text(chosen.peakBytes(i)),
                    choice.seconds() * MILLIS,
                    i == chosen.bindingStep() ? "  < the peak" : ""));
        }
        out.append(String.format("%n%12s %10s%n", "budget", "extra ms"));
        for (FrontierTable.Row row : FrontierTable.of(frontier, chosen).rows()) {
            out.append(String.format(
                    Locale.ROOT,
                    "%12s %10.1f%s%s%n",
                    Bytes.text(row.point().peakBytes()),
                    row.point().seconds() * MILLIS,
                    row.chosen() ? "  < this plan" : "",
                    row.knee() ? "  (knee)" : ""));
        }
        return out.toString();
    }

    private static String words(Exactness exactness) {
        return switch (exactness) {
            case SAME_FUNCTION -> "the same function and gradients";
            case APPROXIMATE_GRADIENTS -> "the same function, approximate gradients";
            case NEW_FUNCTION -> "another function";
        };
    }
}
