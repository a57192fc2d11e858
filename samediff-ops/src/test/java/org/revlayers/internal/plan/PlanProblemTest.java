package org.revlayers.internal.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.revlayers.plan.Exactness;

/** What is refused, and how that is said. */
class PlanProblemTest {

    private static final PlanUnit A = new PlanUnit("a", Choice.store(1, 2, 3));
    private static final PlanUnit B = new PlanUnit("b", Choice.store(1, 2, 3));

    private static void refused(String part, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }

    @Test
    void sizesAndTimesThatCannotBe() {
        refused("kept bytes of method \"store\" are not negative, got -1", () -> Choice.store(-1, 0, 0));
        refused("forward peak of method \"store\"", () -> Choice.store(0, -1, 0));
        refused("backward peak of method \"store\"", () -> Choice.store(0, 0, Long.MIN_VALUE));
        refused("peaks include what is kept", () -> Choice.store(4, 3, 9));
        for (double seconds : new double[] {-1e-3, Double.NaN, Double.POSITIVE_INFINITY}) {
            refused("extra seconds", () -> new Choice("m", 0, 0, 0, seconds, Exactness.SAME_FUNCTION));
        }
        refused("moved bytes of method \"m\"", () -> new Choice("m", 0, 0, 0, 0, Exactness.SAME_FUNCTION, -1));
        refused("bytes of a disk's buffers", () -> new PlanProblem(0, 0, List.of(), List.of(), -1));
        refused("fixed bytes are not negative", () -> new PlanProblem(-1, 0, List.of()));
        refused("bytes of the head are not negative", () -> new PlanProblem(0, -1, List.of()));
    }

    @Test
    void namesAndSegmentsThatDoNotFit() {
        refused("\"a\" is there twice", () -> new PlanProblem(0, 0, List.of(A, A)));
        Choice choice = Choice.store(0, 0, 0);
        refused("[1, 3)", () -> new PlanProblem(0, 0, List.of(A, B), List.of(new Segment(1, 3, choice))));
        refused("has none", () -> new Segment(1, 1, choice));
        refused("has none", () -> new Segment(-1, 1, choice));
    }

    @Test
    void sumsBeyond64Bits() {
        long half = 1L << 61;
        PlanUnit large = new PlanUnit("large", Choice.store(half, half, half));
        PlanUnit larger = new PlanUnit("larger", Choice.store(half, half, half));
        PlanUnit more = new PlanUnit("more", Choice.store(1, 1, 1));
        assertEquals(
                1L << 62,
                PlanSolver.solve(new PlanProblem(0, 0, List.of(large, larger)), Exactness.SAME_FUNCTION)
                        .leastBudget());
        refused("at most 2^62", () -> new PlanProblem(0, 0, List.of(large, larger, more)));
        refused("at most 2^62", () -> new PlanProblem(1, 0, List.of(large, larger)));
        refused("at most 2^62", () -> new PlanProblem(0, Long.MAX_VALUE, List.of(A)));
        refused(
                "at most 2^62",
                () -> new PlanProblem(
                        0,
                        0,
                        List.of(new PlanUnit("a", Choice.store(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE)))));
        Choice slow = new Choice("slow", 0, 0, 0, 1e9, Exactness.SAME_FUNCTION);
        refused(
                "nanoseconds",
                () -> new PlanProblem(
                        0,
                        0,
                        List.of(
                                new PlanUnit("1", slow),
                                new PlanUnit("2", slow),
                                new PlanUnit("3", slow),
                                new PlanUnit("4", slow),
                                new PlanUnit("5", slow))));
    }

    @Test
    void stepsThatLeaveUnitsOut() {
        PlanProblem problem = new PlanProblem(0, 0, List.of(A, B));
        Step first = new Step(0, 1, A.choices().get(0));
        Step second = new Step(1, 2, B.choices().get(0));
        assertEquals(4, new Solution(problem, List.of(first, second)).peakBytes());
        refused("the problem has 2 units", () -> new Solution(problem, List.of(first)));
        refused("[1, 2) follows", () -> new Solution(problem, List.of(second)));
        refused("[0, 1) follows", () -> new Solution(problem, List.of(first, first)));
        refused("unit \"a\" has no method \"razor\": it has [store]", () -> problem.uniform("razor"));
    }
}
