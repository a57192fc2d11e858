package org.revlayers.internal.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.revlayers.plan.Exactness;
import org.revlayers.plan.InfeasibleBudgetException;

/** Batches by formula against all batches and all plans, one by one. */
class BatchPlanTest {

    private static final double LEAST = 1e-12;

    @Test
    void noBatchAndNoPlanIsBetter() {
        Random random = new Random(4);
        int differ = 0;
        for (int instance = 0; instance < 2000; instance++) {
            PlanProblem problem = Cases.random(random, random.nextInt(5), 4, 0.3);
            List<Cases.Figures> all = Cases.all(problem, Exactness.NEW_FUNCTION);
            Frontier frontier = PlanSolver.solve(problem, Exactness.NEW_FUNCTION);
            long memory = random.nextInt(200);
            double t0 = random.nextInt(4) * 0.2;
            double t1 = 0.1 + random.nextInt(3) * 0.1;
            if (frontier.leastBudget() == problem.fixedBytes()) {
                assertThrows(IllegalArgumentException.class, () -> BatchPlan.of(frontier, memory, t0, t1));
                continue;
            }
            if (frontier.leastBudget() > memory) {
                InfeasibleBudgetException none =
                        assertThrows(InfeasibleBudgetException.class, () -> BatchPlan.of(frontier, memory, t0, t1));
                assertEquals(frontier.leastBudget(), none.leastBudget());
                continue;
            }
            BatchPlan plan = BatchPlan.of(frontier, memory, t0, t1);
            compare(plan, all, problem, memory, t0, t1);
            differ += plan.fastest().batch() < plan.largest().batch() ? 1 : 0;
        }
        assertTrue(differ > 100, "fastest and largest differ in " + differ);
    }

    private static void compare(
            BatchPlan plan, List<Cases.Figures> all, PlanProblem problem, long memory, double t0, double t1) {
        double bestRate = 0;
        long mostSamples = 0;
        long leastNanos = Long.MAX_VALUE;
        for (long batch = 1; batch <= memory; batch++) {
            for (Cases.Figures figures : all) {
                long perSample = figures.peak() - problem.fixedBytes();
                if (problem.fixedBytes() + batch * perSample <= memory) {
                    bestRate = Math.max(bestRate, 1 / (t0 / batch + t1 + figures.nanos() * 1e-9));
                    leastNanos = batch > mostSamples ? figures.nanos() : Math.min(leastNanos, figures.nanos());
                    mostSamples = batch;
                }
            }
        }
        BatchChoice fastest = plan.fastest();
        assertEquals(bestRate, fastest.samplesPerSecond(), LEAST * bestRate);
        assertEquals(mostSamples, plan.largest().batch());
        assertEquals(leastNanos, Math.round(plan.largest().perSample().seconds() * 1e9));
        for (BatchChoice choice : List.of(fastest, plan.largest())) {
            assertTrue(choice.peakBytes() <= memory);
            Cases.Figures played = Cases.play(problem, choice.perSample().steps());
            assertEquals(
                    problem.fixedBytes() + choice.batch() * (played.peak() - problem.fixedBytes()), choice.peakBytes());
            assertEquals(
                    1 / (t0 / choice.batch() + t1 + played.nanos() * 1e-9),
                    choice.samplesPerSecond(),
                    LEAST * choice.samplesPerSecond());
        }
    }

    private static Frontier twoUnits() {
        Choice recompute = new Choice("recompute", 10, 100, 100, 0.01, Exactness.SAME_FUNCTION);
        Choice store = Choice.store(100, 100, 100);
        return PlanSolver.solve(
                new PlanProblem(
                        1000, 0, List.of(new PlanUnit("a", store, recompute), new PlanUnit("b", store, recompute))),
                Exactness.SAME_FUNCTION);
    }

    @Test
    void recomputingPaysOnlyWhereAStepHasAPriceOfItsOwn() {
        BatchPlan free = BatchPlan.of(twoUnits(), 2000, 0, 0.1);
        assertEquals(5, free.fastest().batch());
        assertEquals(9, free.largest().batch());
        assertEquals(0, free.fastest().perSample().seconds());
        BatchPlan dear = BatchPlan.of(twoUnits(), 2000, 10, 0.1);
        assertEquals(9, dear.fastest().batch());
        assertEquals(1 / (10.0 / 9 + 0.1 + 0.01), dear.fastest().samplesPerSecond(), LEAST);
        assertEquals(1990, dear.fastest().peakBytes());
    }

    @Test
    void equallyFastBatchesAreStored() {
        Choice free = new Choice("recompute", 1, 10, 10, 0, Exactness.SAME_FUNCTION);
        PlanProblem problem = new PlanProblem(0, 5, List.of(new PlanUnit("a", free, Choice.store(10, 10, 10))));
        BatchPlan plan = BatchPlan.of(PlanSolver.solve(problem, Exactness.SAME_FUNCTION), 30, 0, 1);
        assertEquals(problem.uniform(Choice.STORE), plan.fastest().perSample());
        assertEquals(2, plan.fastest().batch());
        assertEquals(3, plan.largest().batch());
    }

    @Test
    void timesThatAreNone() {
        for (double[] times :
                new double[][] {{0, 0}, {-1, 2}, {2, -1}, {Double.NaN, 1}, {1, Double.POSITIVE_INFINITY}}) {
            assertThrows(IllegalArgumentException.class, () -> BatchPlan.of(twoUnits(), 2000, times[0], times[1]));
        }
    }
}
