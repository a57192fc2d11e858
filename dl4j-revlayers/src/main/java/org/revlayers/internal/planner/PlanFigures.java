package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.revlayers.internal.convert.PlanSubject;
import org.revlayers.internal.plan.Choice;
import org.revlayers.internal.plan.FrontierTable;
import org.revlayers.internal.plan.Solution;
import org.revlayers.internal.plan.Step;
import org.revlayers.keep.Memory;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/**
 * A plan as it is written down.
 *
 * @param budget    what it bounds and of what parts it is
 * @param batch     examples of a step
 * @param batches   other batches within the budget
 * @param restBytes what a step holds beside units
 * @param plan      predicted of the plan
 * @param plain     the same with all units stored
 * @param exactness the widest that it uses
 * @param rows      in forward order
 * @param frontier  other budgets, at most ten
 * @param memory    over one step; without parts in a plan from a file that has none
 */
public record PlanFigures(
        BudgetParts budget,
        long batch,
        Batches batches,
        long restBytes,
        Totals plan,
        Totals plain,
        Exactness exactness,
        List<Row> rows,
        List<Point> frontier,
        StepMemory memory) {

    /**
     * Of a step, in bytes and seconds.
     *
     * @param writtenBytes to a disk; as many are read
     */
    public record Totals(long peakBytes, long keptBytes, double seconds, long writtenBytes) {}

    /**
     * Units that are kept together.
     *
     * @param units     the names of their layers and additions, unit by unit
     * @param memory    the answer in the words of conversions
     * @param exactness what it does to the training
     * @param seconds   beyond the fastest answers
     * @param binds     whether the peak is there
     */
    public record Row(
            String name,
            List<List<String>> units,
            Answer answer,
            Memory memory,
            Exactness exactness,
            long keptBytes,
            long peakBytes,
            double seconds,
            boolean binds) {}

    /** The least budget of a plan, and its seconds beyond those of the fastest. */
    public record Point(long peakBytes, double seconds, Exactness exactness, boolean chosen, boolean knee) {}

    /** Of what was measured and chosen. */
    public static PlanFigures of(
            NetworkFigures network,
            BudgetParts budget,
            long batch,
            Batches batches,
            Solution plain,
            Chosen found,
            Memory reversible) {
        Solution chosen = found.solution();
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < chosen.steps().size(); i++) {
            Step step = chosen.steps().get(i);
            Choice choice = step.choice();
            Answer answer = Answer.of(choice.method());
            rows.add(new Row(
                    chosen.name(i),
                    IntStream.range(step.from(), step.to())
                            .mapToObj(network.units()::members)
                            .toList(),
                    answer,
                    answer == Answer.REVERSIBLE ? reversible : answer.memory(),
                    choice.exactness(),
                    choice.keptBytes(),
                    chosen.peakBytes(i),
                    choice.seconds(),
                    i == chosen.bindingStep()));
        }
        List<Point> points = FrontierTable.of(found.frontier(), chosen).rows().stream()
                .map(row -> new Point(
                        row.point().peakBytes(),
                        row.point().seconds(),
                        row.point().exactness(),
                        row.chosen(),
                        row.knee()))
                .toList();
        return new PlanFigures(
                budget,
                batch,
                batches,
                chosen.fixedBytes(),
                totals(network, chosen),
                totals(network, plain),
                chosen.exactness(),
                rows,
                points,
                StepMemory.of(chosen, plain));
    }

    private static Totals totals(NetworkFigures network, Solution of) {
        return new Totals(of.peakBytes(), of.keptBytes(), network.fastestSeconds() + of.seconds(), of.movedBytes());
    }

    /**
     * The plan for a network of the same structure.
     *
     * @throws IllegalArgumentException naming the first units that differ
     */
    public List<PlanSubject.Assigned> assigned(PlanSubject units) {
        List<PlanSubject.Assigned> assigned = new ArrayList<>();
        int at = 0;
        for (Row row : rows) {
            for (int i = 0; i < row.units().size(); i++) {
                List<String> members = at + i < units.size() ? units.members(at + i) : List.of();
                if (!members.equals(row.units().get(i))) {
                    throw new IllegalArgumentException("a plan is for networks of the units that it was made for; unit "
                            + (at + i + 1) + " is " + members + " where the plan has "
                            + row.units().get(i) + ": plan for this network");
                }
            }
            assigned.add(new PlanSubject.Assigned(at, at + row.units().size(), row.memory()));
            at += row.units().size();
        }
        if (at != units.size()) {
            throw new IllegalArgumentException(
                    "the plan has " + at + " units and the network " + units.size() + ": plan for this network");
        }
        return assigned;
    }
}
