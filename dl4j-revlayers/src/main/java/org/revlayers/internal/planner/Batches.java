package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.List;
import org.revlayers.internal.plan.BatchChoice;
import org.revlayers.internal.plan.BatchPlan;
import org.revlayers.internal.plan.Choice;
import org.revlayers.internal.plan.PlanProblem;
import org.revlayers.internal.plan.PlanSolver;
import org.revlayers.internal.plan.PlanUnit;
import org.revlayers.internal.plan.Segment;
import org.revlayers.plan.Exactness;
import org.revlayers.plan.InfeasibleBudgetException;

/**
 * Other batches within a budget, from what was measured for one. Bytes and the units' seconds are taken as proportional to the batch, what a step takes beside
 * its units (mainly the updater) and the buffers of a disk as the same for all: {@link BatchPlan}.
 *
 * @param fastest   the batch with the most examples a second; 0 if not even one example fits
 * @param perSecond examples, then
 * @param largest   the largest batch
 */
public record Batches(long fastest, double perSecond, long largest) {

    private static final String REST = "beside units";

    /**
     * Of what was measured for a batch; none fit a budget below that of one example.
     *
     * @param problems in memory, or with a disk
     */
    public static Batches of(
            NetworkFigures network, List<PlanProblem> problems, Exactness allowed, long batch, long budget) {
        return problems.stream()
                .map(problem -> of(network, problem, allowed, batch, budget))
                .reduce(new Batches(0, 0, 0), Batches::best);
    }

    private static Batches best(Batches a, Batches b) {
        Batches faster = b.perSecond > a.perSecond ? b : a;
        return new Batches(faster.fastest, faster.perSecond, Math.max(a.largest, b.largest));
    }

    private static Batches of(NetworkFigures network, PlanProblem problem, Exactness allowed, long batch, long budget) {
        List<PlanUnit> units = new ArrayList<>();
        long rest = each(problem.fixedBytes(), batch);
        units.add(new PlanUnit(REST, List.of(Choice.store(rest, rest, rest))));
        problem.units()
                .forEach(unit -> units.add(new PlanUnit(
                        unit.name(),
                        unit.choices().stream().map(c -> each(c, batch)).toList())));
        List<Segment> segments = problem.segments().stream()
                .map(s -> new Segment(s.from() + 1, s.to() + 1, each(s.choice(), batch)))
                .toList();
        double inUnits = network.fastestSeconds() - network.rest().seconds();
        try {
            BatchPlan found = BatchPlan.of(
                    PlanSolver.solve(new PlanProblem(problem.diskBytes(), 0, units, segments), allowed),
                    budget,
                    network.rest().seconds(),
                    inUnits / batch);
            BatchChoice fastest = found.fastest();
            return new Batches(
                    fastest.batch(), fastest.samplesPerSecond(), found.largest().batch());
        } catch (InfeasibleBudgetException e) {
            return new Batches(0, 0, 0);
        }
    }

    private static Choice each(Choice choice, long batch) {
        return new Choice(
                choice.method(),
                each(choice.keptBytes(), batch),
                each(choice.forwardPeakBytes(), batch),
                each(choice.backwardPeakBytes(), batch),
                choice.seconds() / batch,
                choice.exactness(),
                each(choice.movedBytes(), batch));
    }

    private static long each(long bytes, long batch) {
        return (bytes + batch - 1) / batch;
    }
}
