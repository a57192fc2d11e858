package org.revlayers.internal.planner.page;

import java.util.ArrayList;
import java.util.List;
import org.revlayers.internal.planner.Batches;
import org.revlayers.internal.planner.BudgetParts;
import org.revlayers.internal.planner.PlanFigures;
import org.revlayers.internal.planner.StepMemory;
import org.revlayers.internal.planner.Verified;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/** Plans to draw, of figures made up. */
final class SamplePlans {

    static final long MIB = 1 << 20;

    /** Names that would break a page, or make it as wide as they are. */
    static final List<String> NAMES =
            List.of("<a&b>", "\"quoted\" 'name'", "one_name_without_any_place_to_break_it_".repeat(5), "größer → ü");

    private SamplePlans() {}

    /** Of so many units, which are answered in turn. */
    static PlanFigures of(int units, boolean ofProcess) {
        List<PlanFigures.Row> rows = new ArrayList<>();
        List<StepMemory.Part> plan = new ArrayList<>();
        List<StepMemory.Part> plain = new ArrayList<>();
        long before = 3 * MIB;
        for (int i = 0; i < units; i++) {
            String name = i < NAMES.size() ? NAMES.get(i) : "unit" + i;
            Answer answer = Answer.values()[i % Answer.values().length];
            long kept = (i % 3) * MIB;
            rows.add(new PlanFigures.Row(
                    name,
                    List.of(List.of(name)),
                    answer,
                    answer.memory(),
                    answer.exactness(),
                    kept,
                    before + kept + 5 * MIB,
                    0.001 * i,
                    i == units - 1));
            plan.add(new StepMemory.Part(name, 1, answer, kept, before + kept + 2 * MIB, before + kept + 5 * MIB));
            plain.add(new StepMemory.Part(name, 1, Answer.STORE, 4 * MIB, (5L + 4 * i) * MIB, (9L + 4 * i) * MIB));
            before += kept;
        }
        long peak = before + 5 * MIB;
        double extra = rows.stream().mapToDouble(PlanFigures.Row::seconds).sum();
        return new PlanFigures(
                new BudgetParts("25%", 37 * MIB, ofProcess ? 900 * MIB : 0, 400 * MIB, 7 * MIB, 456 * MIB),
                8,
                new Batches(8, 12.5, 11),
                3 * MIB,
                new PlanFigures.Totals(peak, before - 3 * MIB, 1 + extra, 0),
                new PlanFigures.Totals((5L + 4 * units) * MIB, 4L * units * MIB, 1.25, 0),
                Exactness.APPROXIMATE_GRADIENTS,
                rows,
                List.of(
                        new PlanFigures.Point(peak, extra, Exactness.APPROXIMATE_GRADIENTS, true, false),
                        new PlanFigures.Point(2 * peak, 0.5 * extra, Exactness.SAME_FUNCTION, false, true),
                        new PlanFigures.Point(4 * peak, 0, Exactness.SAME_FUNCTION, false, false)),
                new StepMemory(plan, plain));
    }

    static Verified verified() {
        return new Verified(new Verified.Measured(33 * MIB, 1.789), new Verified.Measured(77 * MIB, 1.234));
    }
}
