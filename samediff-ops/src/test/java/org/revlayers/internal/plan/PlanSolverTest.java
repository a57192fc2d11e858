package org.revlayers.internal.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.revlayers.plan.Exactness;
import org.revlayers.plan.InfeasibleBudgetException;

/** The solver against all plans, one by one. */
class PlanSolverTest {

    /** With every budget from none to more than any plan needs, and every exactness. */
    @ParameterizedTest
    @CsvSource({"0, 3000", "0.3, 2000", "1, 600"})
    void findsTheBestOfAllPlansForEveryBudget(double segments, int instances) {
        Random random = new Random(13);
        for (int instance = 0; instance < instances; instance++) {
            PlanProblem problem = Cases.random(random, random.nextInt(7), 4, segments);
            for (Exactness allowed : Exactness.values()) {
                List<Cases.Figures> all = Cases.all(problem, allowed);
                if (all.isEmpty()) {
                    assertThrows(IllegalArgumentException.class, () -> PlanSolver.solve(problem, allowed));
                    continue;
                }
                Frontier frontier = PlanSolver.solve(problem, allowed);
                assertEquals(1, frontier.rounding());
                long most = all.stream().mapToLong(Cases.Figures::peak).max().orElseThrow();
                for (long budget = 0; budget <= most + 1; budget++) {
                    check(frontier, all, budget);
                }
                checkPoints(frontier, all);
            }
        }
    }

    private static void check(Frontier frontier, List<Cases.Figures> all, long budget) {
        Cases.Figures best = Cases.best(all, budget);
        if (best == null) {
            InfeasibleBudgetException none =
                    assertThrows(InfeasibleBudgetException.class, () -> frontier.within(budget));
            assertEquals(all.stream().mapToLong(Cases.Figures::peak).min().orElseThrow(), none.leastBudget());
            return;
        }
        Solution plan = frontier.within(budget);
        assertEquals(best, Cases.play(frontier.problem(), plan.steps()));
        assertEquals(best.peak(), plan.peakBytes());
        assertEquals(best.nanos(), Math.round(plan.seconds() * 1e9));
        assertEquals(best.widest(), plan.exactness());
        assertEquals(plan.peakBytes(), plan.peakBytes(plan.bindingStep()));
    }

    private static void checkPoints(Frontier frontier, List<Cases.Figures> all) {
        List<FrontierPoint> points = frontier.points();
        for (int i = 0; i < points.size(); i++) {
            FrontierPoint point = points.get(i);
            assertTrue(i == 0 || point.peakBytes() > points.get(i - 1).peakBytes());
            assertTrue(i == 0 || point.seconds() < points.get(i - 1).seconds());
            Cases.Figures best = Cases.best(all, point.peakBytes());
            assertEquals(best.peak(), point.peakBytes());
            assertEquals(best.nanos(), Math.round(point.seconds() * 1e9));
            assertEquals(best.widest(), point.exactness());
        }
        // the plans that beat each other in peak or time alone are all there
        long pareto = all.stream()
                .filter(one -> all.stream()
                        .noneMatch(other -> other.peak() <= one.peak()
                                && other.nanos() <= one.nanos()
                                && (other.peak() < one.peak() || other.nanos() < one.nanos())))
                .map(one -> List.of(one.peak(), one.nanos()))
                .distinct()
                .count();
        assertEquals(pareto, points.size());
    }

    @Test
    void theOrderOfChoicesChangesNoFigure() {
        Random random = new Random(7);
        for (int instance = 0; instance < 300; instance++) {
            PlanProblem problem = Cases.random(random, 12, 6, 0.2);
            List<PlanUnit> units = new ArrayList<>();
            for (PlanUnit unit : problem.units()) {
                List<Choice> choices = new ArrayList<>(unit.choices());
                Collections.shuffle(choices, random);
                units.add(new PlanUnit(unit.name(), choices));
            }
            List<Segment> segments = new ArrayList<>(problem.segments());
            Collections.shuffle(segments, random);
            PlanProblem other =
                    new PlanProblem(problem.fixedBytes(), problem.headBytes(), units, segments, problem.diskBytes());
            Frontier a = PlanSolver.solve(problem, Exactness.NEW_FUNCTION);
            Frontier b = PlanSolver.solve(other, Exactness.NEW_FUNCTION);
            assertEquals(a.points(), b.points());
            assertEquals(a.size(), b.size());
            for (int i = 0; i < a.size(); i++) {
                assertEquals(
                        Cases.play(problem, a.solution(i).steps()),
                        Cases.play(other, b.solution(i).steps()));
            }
            assertEquals(
                    a.leanest(),
                    PlanSolver.solve(problem, Exactness.NEW_FUNCTION).leanest());
        }
    }

    /** Rounding is forced by a limit of few labels: plans remain true and within the budget, and lose little. */
    @Test
    void roundedPlansNeverExceedTheBudget() {
        Random random = new Random(3);
        List<PlanUnit> units = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            long kept = 20_000_000 + random.nextInt(40_000_000);
            units.add(new PlanUnit(
                    "u" + i,
                    Choice.store(kept, kept, kept),
                    new Choice("recompute", 0, kept, kept, random.nextDouble(), Exactness.SAME_FUNCTION)));
        }
        PlanProblem problem = new PlanProblem(1000, 0, units);
        Frontier exact = PlanSolver.solve(problem, Exactness.SAME_FUNCTION);
        Frontier rounded = PlanSolver.solve(problem, Exactness.SAME_FUNCTION, 200);
        assertEquals(1, exact.rounding());
        assertEquals(exact.leastBudget(), rounded.leastBudget());
        assertTrue(rounded.rounding() >= 64 << 10 && rounded.points().size() <= 200);
        for (FrontierPoint point : rounded.points()) {
            Solution plan = rounded.within(point.peakBytes());
            assertEquals(point.peakBytes(), Cases.play(problem, plan.steps()).peak());
            assertEquals(point.seconds(), plan.seconds());
            assertTrue(exact.within(point.peakBytes()).seconds() <= plan.seconds());
        }
        for (FrontierPoint point : exact.points()) {
            long more = point.peakBytes() + 40 * rounded.rounding();
            assertTrue(rounded.within(more).seconds() <= point.seconds());
        }
    }

    /** Of more sizes on a disk than the solver tells apart, some are rounded up: plans remain true and within the budget. */
    @Test
    void plansWithManySizesOnADiskAreTrue() {
        Random random = new Random(5);
        List<PlanUnit> units = new ArrayList<>();
        for (int i = 0; i < 2 * ReadAhead.MOST_SIZES; i++) {
            long kept = 1_000_000 + random.nextInt(500_000);
            units.add(new PlanUnit(
                    "u" + i,
                    Choice.store(kept, kept, 2 * kept),
                    new Choice("offload", 0, kept, 2 * kept, random.nextDouble(), Exactness.SAME_FUNCTION, kept)));
        }
        PlanProblem problem = new PlanProblem(1000, 0, units, List.of(), 300_000);
        Frontier frontier = PlanSolver.solve(problem, Exactness.SAME_FUNCTION);
        assertTrue(frontier.rounding() > 1 && frontier.rounding() < 500_000, () -> "rounding " + frontier.rounding());
        for (FrontierPoint point : frontier.points()) {
            Solution plan = frontier.within(point.peakBytes());
            Cases.Figures played = Cases.play(problem, plan.steps());
            assertEquals(point.peakBytes(), played.peak());
            assertEquals(played.peak(), plan.peakBytes());
        }
        assertTrue(frontier.leanest().movedBytes() > 0 && frontier.fastest().movedBytes() == 0);
    }

    @Test
    void peaksAreRoundedUpAndTheCheapestOfEqualsStays() {
        Labels labels = new Labels();
        long[] peaks = {3, 8, 9, 16, 17};
        for (int i = 0; i < peaks.length; i++) {
            int label = labels.append();
            labels.peak[label] = peaks[i];
            labels.nanos[label] = 10 - i;
        }
        labels.roundUp(8);
        assertEquals(
                List.of(3L, 8L, 16L, 24L),
                LongStream.of(labels.peak).limit(labels.size).boxed().toList());
        assertEquals(
                List.of(10L, 9L, 7L, 6L),
                LongStream.of(labels.nanos).limit(labels.size).boxed().toList());
    }
}
