package org.revlayers.internal.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.revlayers.plan.Exactness;

/**
 * Plans for all budgets in one pass from the last unit to the first, exact to the byte: see the package. 100 units with 8 choices each and all 5,000
 * segments take some hundred milliseconds.
 *
 * <p>Where more than 20,000 labels would stay at one unit, their peaks are rounded up to 64 KiB, and to twice that until they are few enough. Plans have
 * their own exact peaks still and never exceed a budget, and the least budget is exact; a plan may be missed that fits with less room to spare than was
 * rounded: {@link Frontier#rounding()} says by how much.
 */
public final class PlanSolver {

    private static final int MOST_LABELS = 20_000;
    private static final long FIRST_ROUNDING = 64 << 10;

    private PlanSolver() {}

    /**
     * The plans of all budgets.
     *
     * @param allowed the widest that a plan may use; choices beyond it are left out
     * @throws IllegalArgumentException if no choice or segment leads past a unit
     */
    public static Frontier solve(PlanProblem problem, Exactness allowed) {
        return solve(problem, allowed, MOST_LABELS);
    }

    static Frontier solve(PlanProblem problem, Exactness allowed, int mostLabels) {
        int n = problem.units().size();
        Edges[] edges = edges(problem, allowed);
        Labels[] labels = new Labels[n + 1];
        labels[n] = Labels.end(problem.headBytes());
        long rounding = 1;
        for (int i = n - 1; i >= 0; i--) {
            labels[i] = LabelMerge.of(edges[i], labels);
            if (labels[i].size > mostLabels) {
                rounding = Math.max(rounding, FIRST_ROUNDING);
                labels[i].roundUp(rounding);
                while (labels[i].size > mostLabels) {
                    rounding *= 2;
                    labels[i].roundUp(rounding);
                }
            }
        }
        if (labels[0].size == 0) {
            throw noWay(problem, allowed, edges);
        }
        return new Frontier(problem, allowed, edges, labels, rounding);
    }

    private static Edges[] edges(PlanProblem problem, Exactness allowed) {
        int n = problem.units().size();
        List<List<Segment>> starts = Edges.byStart(n, problem.segments());
        Map<String, Integer> methods = new HashMap<>();
        List<Edges> edges = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            edges.add(Edges.of(i, problem.units().get(i), starts.get(i), allowed, methods));
        }
        return edges.toArray(new Edges[0]);
    }

    /** Names the last unit that can be reached: nothing leads on from there. */
    private static IllegalArgumentException noWay(PlanProblem problem, Exactness allowed, Edges... edges) {
        boolean[] reached = new boolean[edges.length + 1];
        reached[0] = true;
        int last = 0;
        for (int i = 0; i < edges.length; i++) {
            for (int to : reached[i] ? edges[i].to : new int[0]) {
                reached[to] = true;
            }
            last = reached[i] ? i : last;
        }
        return new IllegalArgumentException(
                "every unit has a choice, or a segment that begins where others end; unit \""
                        + problem.units().get(last).name() + "\" has none that " + allowed
                        + " allows: give it one, allow more, or change the pins");
    }
}
