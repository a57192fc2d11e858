package org.revlayers.internal.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.revlayers.plan.Exactness;
import org.revlayers.plan.InfeasibleBudgetException;

/** Small and odd problems, and what is chosen where several plans are equally fast. */
class FrontierTest {

    private static final Exactness SAME = Exactness.SAME_FUNCTION;

    private static Choice recompute(long kept, long peak, double seconds) {
        return new Choice("recompute", kept, peak, peak, seconds, SAME);
    }

    private static Frontier solve(long fixed, long head, PlanUnit... units) {
        return PlanSolver.solve(new PlanProblem(fixed, head, List.of(units)), SAME);
    }

    private static List<String> methods(Solution plan) {
        return plan.steps().stream().map(step -> step.choice().method()).toList();
    }

    @Test
    void noUnitsAreOnlyFixedBytesAndTheHead() {
        Frontier frontier = solve(10, 5);
        assertEquals(List.of(new FrontierPoint(15, 0, SAME)), frontier.points());
        assertEquals(List.of(), frontier.within(15).steps());
        InfeasibleBudgetException none = assertThrows(InfeasibleBudgetException.class, () -> frontier.within(14));
        assertEquals(Solution.HEAD, none.binding());
        assertEquals(15, none.leastBudget());
    }

    @Test
    void oneChoiceIsOnePlan() {
        Frontier frontier =
                solve(100, 0, new PlanUnit("a", Choice.store(3, 4, 5)), new PlanUnit("b", Choice.store(3, 9, 5)));
        assertEquals(List.of(new FrontierPoint(112, 0, SAME)), frontier.points());
        assertEquals("b", frontier.leanest().binding());
        assertEquals(105, frontier.leanest().peakBytes(0));
        assertEquals(6, frontier.leanest().keptBytes());
    }

    @Test
    void theFirstOfSeveralBinds() {
        Frontier frontier = solve(
                0,
                0,
                new PlanUnit("a", Choice.store(0, 4, 4)),
                new PlanUnit("b", Choice.store(0, 0, 9)),
                new PlanUnit("c", Choice.store(9, 9, 9)));
        assertEquals("b", frontier.leanest().binding());
        assertEquals(9, frontier.leanest().peakBytes(3));
    }

    @Test
    void whatKeepsNothingAndCostsNothingIsAllowed() {
        Frontier frontier = solve(0, 0, new PlanUnit("a", Choice.store(0, 0, 0), recompute(0, 0, 0)));
        assertEquals(List.of(new FrontierPoint(0, 0, SAME)), frontier.points());
        assertEquals(List.of(Choice.STORE), methods(frontier.within(0)));
    }

    @Test
    void choicesThatAreBeatenAreNeverUsed() {
        Choice best = Choice.store(1, 2, 2);
        Frontier frontier =
                solve(0, 0, new PlanUnit("a", recompute(1, 2, 0.5), recompute(2, 2, 0), best, recompute(1, 3, 0)));
        assertEquals(1, frontier.size());
        assertEquals(best, frontier.leanest().over(0).choice());
    }

    @Test
    void oneByteBelowTheLeastNamesTheLeastAndWhatBinds() {
        Frontier frontier = solve(
                1 << 20,
                1000,
                new PlanUnit("stem", Choice.store(700, 800, 800), recompute(100, 900, 0.1)),
                new PlanUnit("block", Choice.store(2000, 4000, 5000), recompute(100, 3000, 0.1)));
        long least = (1 << 20) + 100 + 3000;
        assertEquals(least, frontier.leastBudget());
        assertEquals(least, frontier.within(least).peakBytes());
        InfeasibleBudgetException none =
                assertThrows(InfeasibleBudgetException.class, () -> frontier.within(least - 1));
        assertEquals(least, none.leastBudget());
        assertEquals(least - 1, none.budget());
        assertEquals("block", none.binding());
        assertTrue(
                none.getMessage().contains("1.00 MiB (1,051,675 bytes)")
                        && none.getMessage().contains("1.00 MiB (1,051,676 bytes)")
                        && none.getMessage().contains("where block has the peak"),
                none.getMessage());
        String batch = none.withLargestBatch(7).getMessage();
        assertTrue(batch.contains("the largest that fits is 7"), batch);
        assertTrue(none.withLargestBatch(0).getMessage().contains("not even a batch of 1"));
    }

    @Test
    void aSegmentThatBindsIsNamedByItsEnds() {
        PlanUnit a = new PlanUnit("a", Choice.store(50, 60, 60));
        PlanUnit b = new PlanUnit("b", List.of());
        PlanUnit c = new PlanUnit("c", Choice.store(50, 60, 60));
        PlanProblem problem = new PlanProblem(
                0,
                0,
                List.of(a, b, c),
                List.of(new Segment(1, 3, recompute(5, 70, 1)), new Segment(0, 3, recompute(5, 90, 1))));
        Solution plan = PlanSolver.solve(problem, SAME).leanest();
        assertEquals("a … c", plan.binding());
        assertEquals(new Step(0, 3, recompute(5, 90, 1)), plan.over(1));
        assertThrows(IndexOutOfBoundsException.class, () -> plan.over(3));
    }

    @Test
    void aHugeBudgetStoresEverything() {
        Random random = new Random(5);
        for (int instance = 0; instance < 500; instance++) {
            PlanProblem any = Cases.random(random, 8, 5, 0.3);
            List<PlanUnit> units = any.units().stream()
                    .map(unit -> new PlanUnit(
                            unit.name(),
                            unit.choices().stream()
                                    .map(choice -> choice.method().equals(Choice.STORE)
                                            ? Choice.store(choice.keptBytes(), 20, 20)
                                            : choice)
                                    .toList()))
                    .toList();
            PlanProblem problem = new PlanProblem(any.fixedBytes(), any.headBytes(), units, any.segments());
            Frontier frontier = PlanSolver.solve(problem, Exactness.NEW_FUNCTION);
            assertEquals(problem.uniform(Choice.STORE), frontier.within(Long.MAX_VALUE));
            assertEquals(frontier.within(Long.MAX_VALUE), frontier.fastest());
        }
    }

    @Test
    void equallyFastPlansChangeMethodsRarely() {
        Choice offload = new Choice("offload", 0, 10, 10, 1, SAME);
        PlanUnit[] units = new PlanUnit[6];
        for (int i = 0; i < units.length; i++) {
            units[i] = i % 2 == 0
                    ? new PlanUnit("u" + i, offload, recompute(0, 10, 1))
                    : new PlanUnit("u" + i, recompute(0, 10, 1), offload);
        }
        List<String> methods = methods(solve(0, 0, units).leanest());
        assertEquals(1, methods.stream().distinct().count(), methods.toString());
    }

    @Test
    void widerExactnessIsUsedOnlyWhereAllowedAndGained() {
        PlanUnit unit = new PlanUnit(
                "a",
                Choice.store(10, 10, 10),
                recompute(4, 10, 1),
                new Choice("razor", 3, 9, 9, 0.2, Exactness.APPROXIMATE_GRADIENTS),
                new Choice("reversible", 0, 8, 8, 0.1, Exactness.NEW_FUNCTION));
        PlanProblem problem = new PlanProblem(0, 6, List.of(unit));
        Frontier same = PlanSolver.solve(problem, SAME);
        Frontier approximate = PlanSolver.solve(problem, Exactness.APPROXIMATE_GRADIENTS);
        Frontier fresh = PlanSolver.solve(problem, Exactness.NEW_FUNCTION);
        assertEquals("recompute", same.within(15).over(0).choice().method());
        assertEquals("razor", approximate.within(15).over(0).choice().method());
        assertEquals("reversible", fresh.within(15).over(0).choice().method());
        assertEquals(Exactness.NEW_FUNCTION, fresh.within(15).exactness());
        assertEquals(
                List.of(Exactness.NEW_FUNCTION, SAME),
                fresh.points().stream().map(FrontierPoint::exactness).toList());
        assertEquals(SAME, fresh.within(16).exactness());
    }

    @Test
    void unitsThatNothingLeadsPastAreNamed() {
        PlanUnit open = new PlanUnit("open", Choice.store(1, 1, 1));
        PlanUnit shut = new PlanUnit("shut", new Choice("razor", 1, 1, 1, 0, Exactness.APPROXIMATE_GRADIENTS));
        PlanProblem problem = new PlanProblem(0, 0, List.of(open, shut, new PlanUnit("more", Choice.store(1, 1, 1))));
        String message = assertThrows(IllegalArgumentException.class, () -> PlanSolver.solve(problem, SAME))
                .getMessage();
        assertTrue(message.contains("\"shut\" has none that SAME_FUNCTION allows"), message);
        assertEquals(
                3,
                PlanSolver.solve(problem, Exactness.APPROXIMATE_GRADIENTS)
                        .leanest()
                        .steps()
                        .size());
    }
}
