package org.revlayers.examples;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.revlayers.internal.convert.PlanUnits;
import org.revlayers.internal.plan.Choice;
import org.revlayers.internal.plan.Frontier;
import org.revlayers.internal.plan.PlanProblem;
import org.revlayers.internal.plan.PlanSolver;
import org.revlayers.internal.plan.PlanUnit;
import org.revlayers.internal.plan.Segment;
import org.revlayers.internal.plan.Solution;
import org.revlayers.internal.plan.Step;
import org.revlayers.internal.planner.Batch;
import org.revlayers.internal.planner.NetworkFigures;
import org.revlayers.internal.planner.Problems;
import org.revlayers.internal.planner.Trial;
import org.revlayers.internal.planner.Verified;
import org.revlayers.keep.Memory;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;
import org.revlayers.plan.InfeasibleBudgetException;

/**
 * Seconds of a step against its peak: plans for six budgets beside other ways to choose. Each is trained for some steps of a copy, one after the other; the fastest step
 * counts.
 *
 * <pre>
 *   plan            the fastest that fits, same function
 *   plan, approx.   the same with approximate gradients allowed
 *   all M           everything stored
 *   all C           every unit checkpointed, sub-blocks of chains reversible
 *   sqrt n          checkpoints of about √n units each, where units are in a row
 *   greedy          from all M, the unit that costs the least time per byte given up, one after the other, until it fits
 * </pre>
 */
final class PlanTable {

    private static final double MIB = 1 << 20;
    private static final int BUDGETS = 6;

    private final NetworkFigures figures;
    private final PlanProblem problem;
    private final Trial trial;
    private final PrintWriter out;
    private final Map<String, Verified.Measured> done = new LinkedHashMap<>();

    private PlanTable(NetworkFigures figures, Batch batch, PrintWriter out) {
        this.out = out;
        this.figures = figures;
        this.problem = Problems.of(figures);
        this.trial = new Trial(figures.units(), batch);
    }

    /** Measures and prints. */
    static void print(Model net, MultiDataSet data, PrintWriter out) {
        Batch batch = new Batch(data);
        NetworkFigures figures = NetworkFigures.of(
                net, DataType.FLOAT, batch, Exactness.APPROXIMATE_GRADIENTS, Memory.reversible(), false);
        out.printf(
                Locale.ROOT, "batch %d, %d units%n", batch.size(), figures.of().size());
        new PlanTable(figures, batch, out).print();
    }

    private void print() {
        Frontier exact = PlanSolver.solve(problem, Exactness.SAME_FUNCTION);
        Frontier all = PlanSolver.solve(problem, Exactness.APPROXIMATE_GRADIENTS);
        Map<String, Solution> others = new LinkedHashMap<>();
        others.put("all M", problem.uniform(Answer.STORE.label()));
        others.put("all C", allC());
        others.put("sqrt n", rootN());
        others.forEach((name, solution) -> row(name, Long.MAX_VALUE, solution));
        long least = exact.leastBudget();
        long most = others.get("all M").peakBytes();
        TreeSet<Long> budgets = new TreeSet<>(Comparator.reverseOrder());
        IntStream.range(0, BUDGETS).forEach(i -> budgets.add(least + (most - least) * i / (BUDGETS - 1)));
        for (long budget : budgets) {
            out.printf(Locale.ROOT, "budget %.0f MiB%n", budget / MIB);
            row("plan", budget, exact.within(budget));
            row("plan, approx.", budget, all.within(budget));
            Solution greedy = greedy(budget);
            if (greedy != null) {
                row("greedy", budget, greedy);
            }
        }
        long leanest = all.leastBudget();
        if (leanest < least) {
            out.printf(Locale.ROOT, "budget %.0f MiB, the least with approximate gradients%n", leanest / MIB);
            try {
                row("plan, approx.", leanest, all.within(leanest));
            } catch (InfeasibleBudgetException e) {
                out.println(e.getMessage());
            }
        }
    }

    private void row(String name, long budget, Solution solution) {
        List<PlanUnits.Assigned> assigned = solution.steps().stream()
                .map(step -> new PlanUnits.Assigned(
                        step.from(),
                        step.to(),
                        Answer.of(step.choice().method()).memory()))
                .toList();
        String key = solution.steps().stream()
                .map(step -> step.from() + "-" + step.to() + step.choice().method())
                .toList()
                .toString();
        Verified.Measured measured = done.computeIfAbsent(key, k -> trial.steps(assigned));
        double predicted = figures.fastestSeconds() + solution.seconds();
        out.printf(
                Locale.ROOT,
                "  %-14s peak %7.1f MiB (predicted %7.1f)%s  step %7.3f s (predicted %7.3f, %.2f)%n",
                name,
                measured.peakBytes() / MIB,
                solution.peakBytes() / MIB,
                measured.peakBytes() > budget ? " ABOVE" : "",
                measured.seconds(),
                predicted,
                measured.seconds() / predicted);
        out.flush();
    }

    private Segment segment(int from, int to, Answer answer) {
        return problem.segments().stream()
                .filter(s ->
                        s.from() == from && s.to() == to && s.choice().method().equals(answer.label()))
                .findFirst()
                .orElse(null);
    }

    private Choice choice(int unit, Answer answer) {
        PlanUnit of = problem.units().get(unit);
        return of.choices().stream()
                .filter(c -> c.method().equals(answer.label()))
                .findFirst()
                .orElse(null);
    }

    private Solution allC() {
        List<Step> steps = new ArrayList<>();
        for (int at = 0; at < problem.units().size(); ) {
            int to = problem.units().size();
            while (to > at && segment(at, to, Answer.REVERSIBLE) == null) {
                to--;
            }
            steps.add(
                    to > at
                            ? new Step(
                                    at, to, segment(at, to, Answer.REVERSIBLE).choice())
                            : new Step(at, at + 1, choice(at, Answer.CHECKPOINT)));
            at = Math.max(to, at + 1);
        }
        return new Solution(problem, steps);
    }

    private Solution rootN() {
        int n = problem.units().size();
        int length = (int) Math.ceil(Math.sqrt(n));
        List<Step> steps = new ArrayList<>();
        for (int at = 0; at < n; ) {
            int to = Math.min(n, at + length);
            while (to > at + 1 && segment(at, to, Answer.CHECKPOINT) == null) {
                to--;
            }
            Segment segment = segment(at, to, Answer.CHECKPOINT);
            steps.add(new Step(at, to, segment == null ? choice(at, Answer.CHECKPOINT) : segment.choice()));
            at = to;
        }
        return new Solution(problem, steps);
    }

    /** Null if even with all units checkpointed it does not fit. */
    private Solution greedy(long budget) {
        List<Step> steps = new ArrayList<>(problem.uniform(Answer.STORE.label()).steps());
        while (new Solution(problem, steps).peakBytes() > budget) {
            Step best = null;
            double cheapest = Double.MAX_VALUE;
            for (Step step : steps) {
                if (!step.choice().method().equals(Answer.STORE.label())) {
                    continue;
                }
                for (Answer answer : List.of(Answer.RECOMPUTE, Answer.CHECKPOINT)) {
                    Choice other = choice(step.from(), answer);
                    long saved = other == null ? 0 : step.choice().keptBytes() - other.keptBytes();
                    double price =
                            (other == null ? 0 : other.seconds() - step.choice().seconds()) / Math.max(1, saved);
                    if (saved > 0 && price < cheapest) {
                        cheapest = price;
                        best = new Step(step.from(), step.to(), other);
                    }
                }
            }
            if (best == null) {
                return null;
            }
            Step chosen = best;
            steps.replaceAll(step -> step.from() == chosen.from() ? chosen : step);
        }
        return new Solution(problem, steps);
    }
}
