package org.revlayers.internal.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.revlayers.plan.Bytes;
import org.revlayers.plan.Exactness;
import org.revlayers.plan.InfeasibleBudgetException;

/** What users of other planners have reported, as claims about this one. */
class ReportsOfOthersTest {

    private static final Exactness SAME = Exactness.SAME_FUNCTION;

    private static List<Frontier> frontiers() {
        Random random = new Random(9);
        return random.ints(60, 1, 40)
                .mapToObj(n -> PlanSolver.solve(Cases.random(random, n, 6, 0.15), Exactness.NEW_FUNCTION))
                .toList();
    }

    /** A solver returned more than the budget. */
    @Test
    void neverReturnsMoreThanTheBudget_pytorch197871() {
        for (Frontier frontier : frontiers()) {
            long most = frontier.fastest().peakBytes() + 2;
            for (long budget = frontier.leastBudget(); budget <= most; budget++) {
                Solution plan = frontier.within(budget);
                assertTrue(Cases.play(frontier.problem(), plan.steps()).peak() <= budget);
            }
        }
    }

    /** The peak was four times as high at a smaller budget. */
    @Test
    void smallerBudgetNeverRaisesThePeak_pytorch197838() {
        for (Frontier frontier : frontiers()) {
            Cases.Figures smaller = null;
            long most = frontier.fastest().peakBytes() + 2;
            for (long budget = frontier.leastBudget(); budget <= most; budget++) {
                Cases.Figures larger =
                        Cases.play(frontier.problem(), frontier.within(budget).steps());
                assertTrue(smaller == null || smaller.peak() <= larger.peak() && smaller.nanos() >= larger.nanos());
                smaller = larger;
            }
        }
    }

    /** A budget in MB was taken as bytes; none was found although the plain model fits. */
    @Test
    void budgetUnitsAndInfeasibilityAlthoughPlainFits_checkmate147_151() {
        assertThrows(IllegalArgumentException.class, () -> Bytes.parse("400"));
        assertEquals(400_000_000, Bytes.parse("400MB"));
        for (Frontier frontier : frontiers()) {
            PlanProblem problem = frontier.problem();
            Solution plain = problem.uniform(Choice.STORE);
            Solution plan = frontier.within(plain.peakBytes());
            assertTrue(plan.peakBytes() <= plain.peakBytes() && plan.seconds() <= plain.seconds());
        }
        Choice store = Choice.store(300 << 20, 350 << 20, 350 << 20);
        Frontier large = PlanSolver.solve(new PlanProblem(0, 0, List.of(new PlanUnit("a", store))), SAME);
        String message = assertThrows(InfeasibleBudgetException.class, () -> large.within(400))
                .getMessage();
        assertTrue(message.contains("no plan fits 400 bytes: the least that works is 350.00 MiB"), message);
    }

    /** Operations that cost nothing were recomputed with memory to spare. */
    @Test
    void zeroCostOpsStayStoredWithMemoryToSpare_ColossalAI1521() {
        Choice store = Choice.store(10, 12, 12);
        Choice free = new Choice("recompute", 0, 12, 12, 0, SAME);
        List<PlanUnit> units = List.of(
                new PlanUnit("relu", free, store), new PlanUnit("view", store, free), new PlanUnit("add", free, store));
        PlanProblem problem =
                new PlanProblem(0, 12, units, List.of(new Segment(0, 3, new Choice("checkpoint", 0, 32, 32, 0, SAME))));
        Frontier frontier = PlanSolver.solve(problem, SAME);
        assertEquals(problem.uniform(Choice.STORE), frontier.within(1000));
        assertEquals(problem.uniform(Choice.STORE), frontier.within(42));
        long[] stored = LongStream.of(12, 22, 32, 42)
                .map(budget -> frontier.within(budget).steps().stream()
                        .filter(step -> step.choice().equals(store))
                        .count())
                .toArray();
        assertEquals(List.of(0L, 1L, 2L, 3L), Arrays.stream(stored).boxed().toList());
        assertEquals(1, frontier.points().size());
    }

    /** A size of −1 for "unknown" raised the budget, what cannot fit was not noticed, and a model of one layer was rejected. */
    @Test
    void oneLayerModelsAndUnknownSizes_torchtitan4636() {
        assertThrows(IllegalArgumentException.class, () -> new PlanProblem(-1, 0, List.of()));
        assertThrows(IllegalArgumentException.class, () -> Choice.store(-1, 4096, 4096));
        PlanUnit only = new PlanUnit("only", Choice.store(5, 9, 7), new Choice("recompute", 1, 9, 9, 1, SAME));
        Frontier frontier = PlanSolver.solve(new PlanProblem(3, 6, List.of(only)), SAME);
        assertEquals(List.of(new FrontierPoint(12, 1, SAME), new FrontierPoint(14, 0, SAME)), frontier.points());
        assertThrows(InfeasibleBudgetException.class, () -> frontier.within(11));
        assertThrows(InfeasibleBudgetException.class, () -> frontier.within(2));
        assertThrows(InfeasibleBudgetException.class, () -> frontier.within(0));
        assertThrows(InfeasibleBudgetException.class, () -> frontier.within(-1));
    }

    /** Trials ran no batch at all, and so any size fitted. */
    @Test
    void trialsThatRunNothingFit_lightning21903() {
        Frontier frontier =
                PlanSolver.solve(new PlanProblem(1000, 0, List.of(new PlanUnit("a", Choice.store(70, 100, 90)))), SAME);
        InfeasibleBudgetException none =
                assertThrows(InfeasibleBudgetException.class, () -> BatchPlan.of(frontier, 1099, 1, 1));
        assertEquals(1100, none.leastBudget());
        assertTrue(none.getMessage().contains("a batch of 1"), none.getMessage());
        assertEquals(1, BatchPlan.of(frontier, 1100, 1, 1).largest().batch());
        Frontier nothing = PlanSolver.solve(new PlanProblem(1000, 0, List.of()), SAME);
        String message = assertThrows(IllegalArgumentException.class, () -> BatchPlan.of(nothing, 5000, 1, 1))
                .getMessage();
        assertTrue(message.contains("any batch would fit"), message);
    }

    /** A name that was both saved and offloaded was not offloaded, and nobody said so. */
    @Test
    void aNameBothSavedAndOffloadedIsAnError_jax20015() {
        PlanUnit unit = new PlanUnit("block", Choice.store(5, 9, 9), new Choice("offload", 0, 9, 9, 1, SAME));
        PlanProblem problem = new PlanProblem(0, 0, List.of(unit));
        List<Pin> both = List.of(new Pin("block", Choice.STORE), new Pin("bl*", "offload"));
        String message = assertThrows(IllegalArgumentException.class, () -> problem.pinned(both))
                .getMessage();
        assertTrue(message.contains("disagree about \"block\""), message);
    }
}
