package org.revlayers.internal.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.revlayers.plan.Exactness;
import org.revlayers.plan.InfeasibleBudgetException;

/**
 * The fastest plans of all budgets. Besides its {@link #points}, at which more memory makes training faster, it has plans that are as fast as a
 * point's, depart less from plain training, and need more memory for it: {@link #within} uses what there is.
 */
public final class Frontier {

    private final PlanProblem problem;
    private final Exactness allowed;
    private final Edges[] edges;
    private final Labels[] labels;
    private final long rounding;
    /** Labels of the first unit, by peaks that rise strictly and costs that fall strictly, and their peaks without B. */
    private final int[] order;

    private final long[] peaks;

    Frontier(PlanProblem problem, Exactness allowed, Edges[] edges, Labels[] labels, long rounding) {
        this.problem = problem;
        this.allowed = allowed;
        this.edges = edges;
        this.labels = labels;
        this.rounding = rounding;
        long[] exact = rounding == 1 ? Arrays.copyOf(labels[0].peak, labels[0].size) : exactPeaks();
        this.order = inOrder(exact);
        this.peaks = Arrays.stream(order).mapToLong(label -> exact[label]).toArray();
    }

    private long[] exactPeaks() {
        return IntStream.range(0, labels[0].size)
                .mapToLong(label -> new Solution(problem, steps(label)).peakBytes() - problem.fixedBytes())
                .toArray();
    }

    /** Labels become cheaper with their index: one stays if none behind it has a peak as low. */
    private static int[] inOrder(long... peaks) {
        List<Integer> stay = new ArrayList<>();
        long least = Long.MAX_VALUE;
        for (int label = peaks.length - 1; label >= 0; label--) {
            if (peaks[label] < least) {
                least = peaks[label];
                stay.add(label);
            }
        }
        return stay.stream()
                .sorted(Comparator.naturalOrder())
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private List<Step> steps(int label) {
        List<Step> steps = new ArrayList<>();
        int at = label;
        for (int node = 0; node < edges.length; ) {
            int edge = labels[node].edge[at];
            steps.add(edges[node].steps[edge]);
            at = labels[node].next[at];
            node = edges[node].to[edge];
        }
        return steps;
    }

    /** What it is for. */
    public PlanProblem problem() {
        return problem;
    }

    /** The widest that its plans may use. */
    public Exactness allowed() {
        return allowed;
    }

    /** The bytes to which peaks were rounded up on the way; 1 where all is exact. */
    public long rounding() {
        return rounding;
    }

    /** Peaks rise and seconds fall, both strictly. */
    public List<FrontierPoint> points() {
        List<FrontierPoint> points = new ArrayList<>();
        for (int i = 0; i < size(); i++) {
            if (i == 0 || nanos(i) < nanos(i - 1)) {
                long departures = labels[0].departures[order[i]];
                points.add(new FrontierPoint(
                        problem.fixedBytes() + peak(i), Sums.seconds(nanos(i)), Edges.widest(departures)));
            }
        }
        return points;
    }

    /** The least budget for which there is a plan, in bytes, B included. */
    public long leastBudget() {
        return problem.fixedBytes() + peaks[0];
    }

    /** The plan with the least peak. */
    public Solution leanest() {
        return solution(0);
    }

    /** The plan with the least extra time, whatever its peak; of those the one that departs least from plain training. */
    public Solution fastest() {
        return solution(size() - 1);
    }

    /**
     * The fastest plan with a peak of at most that; of equally fast ones the one that departs least from plain training.
     *
     * @param budget in bytes, B included
     * @throws InfeasibleBudgetException if there is none
     */
    public Solution within(long budget) {
        if (budget < leastBudget()) {
            throw new InfeasibleBudgetException(
                    budget,
                    leastBudget(),
                    leanest().binding(),
                    allowed == Exactness.NEW_FUNCTION
                            ? "use a smaller batch"
                            : "use a smaller batch, or allow methods that are less exact than " + allowed);
        }
        int found = Arrays.binarySearch(peaks, budget - problem.fixedBytes());
        return solution(found >= 0 ? found : -found - 2);
    }

    /** How many plans there are. */
    int size() {
        return order.length;
    }

    /** Peak of a plan, without B. */
    long peak(int plan) {
        return peaks[plan];
    }

    /** Extra nanoseconds of a plan. */
    long nanos(int plan) {
        return labels[0].nanos[order[plan]];
    }

    Solution solution(int plan) {
        return new Solution(problem, steps(order[plan]));
    }
}
