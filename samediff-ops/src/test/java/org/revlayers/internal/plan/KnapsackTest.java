package org.revlayers.internal.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.revlayers.plan.Exactness;

/** The solver against two that see the same as a knapsack: what to keep so that most time is saved. */
class KnapsackTest {

    private static final int BINS = 10_000;

    /** Store, or give something up and take more time: the transient bytes are the same for all units. */
    private static PlanProblem problem(long fixed, long transientBytes, long[] least, long[] more, double... seconds) {
        List<PlanUnit> units = new ArrayList<>();
        for (int i = 0; i < more.length; i++) {
            long all = least[i] + more[i];
            units.add(new PlanUnit(
                    "u" + i,
                    Choice.store(all, all + transientBytes, all + transientBytes),
                    new Choice(
                            "reversible",
                            least[i],
                            least[i] + transientBytes,
                            least[i] + transientBytes,
                            seconds[i],
                            Exactness.SAME_FUNCTION)));
        }
        return new PlanProblem(fixed, transientBytes, units);
    }

    /** Most time that is saved by keeping items of at most so many bytes together: one row of the textbook's table after the other. */
    private static long[] knapsack(int capacity, long[] bytes, long... nanos) {
        long[] saved = new long[capacity + 1];
        for (int i = 0; i < bytes.length; i++) {
            for (int room = capacity; room >= bytes[i]; room--) {
                saved[room] = Math.max(saved[room], saved[room - (int) bytes[i]] + nanos[i]);
            }
        }
        return saved;
    }

    /** Scheduling of the two modes of reversible operators, M and C, by memory and time (ECCV 2020) is 0/1 knapsack. */
    @Test
    void twoModesOfReversibleOperatorsAreAKnapsack() {
        Random random = new Random(2020);
        for (int instance = 0; instance < 200; instance++) {
            int n = 1 + random.nextInt(20);
            long[] bytes = random.longs(n, 0, 60).toArray();
            long[] nanos = random.longs(n, 0, 50).toArray();
            long transientBytes = random.nextInt(100);
            double[] seconds = Arrays.stream(nanos).mapToDouble(t -> t * 1e-9).toArray();
            PlanProblem problem = problem(17, transientBytes, new long[n], bytes, seconds);
            Frontier frontier = PlanSolver.solve(problem, Exactness.SAME_FUNCTION);
            int capacity = (int) Arrays.stream(bytes).sum() + 5;
            long[] saved = knapsack(capacity, bytes, nanos);
            long all = Arrays.stream(nanos).sum();
            for (int room = 0; room <= capacity; room++) {
                Solution plan = frontier.within(17 + transientBytes + room);
                assertEquals(all - saved[room], Math.round(plan.seconds() * 1e9));
                assertTrue(plan.peakBytes() <= 17 + transientBytes + room);
            }
        }
    }

    /**
     * PyTorch's budget solver, from its description: sizes are parts of what storing takes beyond recomputing, in 1/10,000, to the nearest; so is the
     * budget; profits are 32-bit floats.
     *
     * @return which items are kept, for each number of bins that the budget may be
     */
    private static boolean[][] binned(long[] bytes, double... seconds) {
        int n = bytes.length;
        double total = Arrays.stream(bytes).sum();
        float[][] saved = new float[n + 1][BINS + 1];
        int[] bins = new int[n];
        for (int i = 0; i < n; i++) {
            bins[i] = (int) Math.rint(bytes[i] / total * BINS);
            for (int room = 0; room <= BINS; room++) {
                float with = room < bins[i] ? -1 : saved[i][room - bins[i]] + (float) seconds[i];
                saved[i + 1][room] = Math.max(saved[i][room], with);
            }
        }
        boolean[][] kept = new boolean[BINS + 1][n];
        for (int budget = 0; budget <= BINS; budget++) {
            int room = budget;
            for (int i = n - 1; i >= 0; i--) {
                kept[budget][i] = saved[i + 1][room] != saved[i][room];
                room -= kept[budget][i] ? bins[i] : 0;
            }
        }
        return kept;
    }

    @Test
    void neverOverTheBudgetAndNeverSlowerThanAKnapsackInBins() {
        Random random = new Random(197871);
        int over = 0;
        int slower = 0;
        int compared = 0;
        for (int instance = 0; instance < 60; instance++) {
            int n = 5 + random.nextInt(30);
            long[] least = random.longs(n, 0, 1 << 16).toArray();
            long[] bytes = random.longs(n, 1, 1 << 27)
                    .map(size -> size >> random.nextInt(20))
                    .map(size -> size + 1)
                    .toArray();
            double[] seconds = random.doubles(n, 1e-4, 0.2).toArray();
            PlanProblem problem = problem(0, 0, least, bytes, seconds);
            Frontier frontier = PlanSolver.solve(problem, Exactness.SAME_FUNCTION);
            assertEquals(1, frontier.rounding());
            boolean[][] binned = binned(bytes, seconds);
            long min = Arrays.stream(least).sum();
            long span = Arrays.stream(bytes).sum();
            for (int step = 0; step <= 40; step++) {
                double fraction = step < 20 ? step * 0.002 : (step - 20) * 0.05;
                long budget = min + (long) (fraction * span);
                Solution ours = frontier.within(budget);
                assertTrue(ours.peakBytes() <= budget);
                boolean[] theirs = binned[(int) Math.rint(fraction * BINS)];
                long peak = min;
                double extra = 0;
                for (int i = 0; i < n; i++) {
                    peak += theirs[i] ? bytes[i] : 0;
                    extra += theirs[i] ? 0 : Math.rint(seconds[i] * 1e9) * 1e-9;
                }
                if (peak > budget) {
                    over++;
                } else {
                    compared++;
                    assertTrue(ours.seconds() <= extra + 1e-12, ours.seconds() + " against " + extra);
                    slower += extra > ours.seconds() + 1e-9 ? 1 : 0;
                }
            }
        }
        // else the comparison would show nothing
        assertTrue(over > 20 && slower > 5 && compared > 1000, over + " over, " + slower + " slower of " + compared);
    }
}
