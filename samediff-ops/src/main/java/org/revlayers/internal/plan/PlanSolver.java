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
 * rounded: {@link Frontier#rounding()} says by how much. So are, the least budget included, sizes that are read ahead from a disk, where there are more than
 * eight.
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
        ReadAhead ahead = ReadAhead.of(problem);
        Edges[] edges = edges(problem, allowed, ahead);
        Labels[] labels = new Labels[edges.length + ahead.states()];
        for (int state = 0; state < ahead.states(); state++) {
            labels[edges.length + state] = state == 0 ? Labels.end(problem.headBytes()) : new Labels();
        }
        int most = Math.max(1, mostLabels / ahead.states());
        long rounding = 1;
        for (int i = edges.length - 1; i >= 0; i--) {
            labels[i] = LabelMerge.of(edges[i], labels);
            if (labels[i].size > most) {
                rounding = Math.max(rounding, FIRST_ROUNDING);
                labels[i].roundUp(rounding);
                while (labels[i].size > most) {
                    rounding *= 2;
                    labels[i].roundUp(rounding);
                }
            }
        }
        if (labels[0].size == 0) {
            throw noWay(problem, allowed, ahead, edges);
        }
        return new Frontier(problem, allowed, edges, labels, Math.max(rounding, ahead.rounding(problem)));
    }

    /** By their nodes. */
    private static Edges[] edges(PlanProblem problem, Exactness allowed, ReadAhead ahead) {
        int n = problem.units().size();
        List<List<Segment>> starts = Edges.byStart(n, problem.segments());
        Map<String, Integer> methods = new HashMap<>();
        List<Edges> edges = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            List<Step> steps = Edges.steps(i, problem.units().get(i), starts.get(i), allowed);
            for (int state = 0; state < ahead.states(); state++) {
                edges.add(Edges.of(ahead.edges(ahead.node(i, state), steps), methods));
            }
        }
        return edges.toArray(new Edges[0]);
    }

    /** Names the last unit that can be reached: nothing leads on from there. */
    private static IllegalArgumentException noWay(
            PlanProblem problem, Exactness allowed, ReadAhead ahead, Edges... edges) {
        boolean[] reached = new boolean[problem.units().size() + 1];
        reached[0] = true;
        int last = 0;
        for (int node = 0; node < edges.length; node++) {
            int unit = ahead.unit(node);
            for (int to : reached[unit] ? edges[node].to : new int[0]) {
                reached[ahead.unit(to)] = true;
            }
            last = reached[unit] ? unit : last;
        }
        return new IllegalArgumentException(
                "every unit has a choice, or a segment that begins where others end; unit \""
                        + problem.units().get(last).name() + "\" has none that " + allowed
                        + " allows: give it one, allow more, or change the pins");
    }
}
