package org.revlayers.internal.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.revlayers.plan.Exactness;

/** Units whose method is given. */
class PinTest {

    private static final Exactness SAME = Exactness.SAME_FUNCTION;
    private static final Choice RECOMPUTE = new Choice("recompute", 1, 9, 9, 1, SAME);
    private static final Choice CHAIN = new Choice("reversible", 1, 9, 9, 1, SAME);
    private static final PlanProblem PROBLEM = new PlanProblem(
            0,
            9,
            List.of(unit("stem"), unit("res2a"), unit("res2b"), unit("res3")),
            List.of(new Segment(1, 3, CHAIN), new Segment(2, 4, CHAIN)));

    private static PlanUnit unit(String name) {
        return new PlanUnit(name, Choice.store(9, 9, 9), RECOMPUTE);
    }

    private static List<String> lean(Pin... pins) {
        return PlanSolver.solve(PROBLEM.pinned(List.of(pins)), SAME).leanest().steps().stream()
                .map(step -> step.choice().method())
                .toList();
    }

    private static String refused(Pin... pins) {
        return assertThrows(IllegalArgumentException.class, () -> lean(pins)).getMessage();
    }

    @Test
    void pinnedUnitsHaveTheirMethodAndSegmentsByOthersAreGone() {
        assertEquals(List.of("recompute", "store", "store", "recompute"), lean(new Pin("res2*", Choice.STORE)));
        assertEquals(List.of("recompute", "reversible", "recompute"), lean(new Pin("res2*", "reversible")));
        assertEquals(
                List.of("store", "store", "store", "store"),
                lean(new Pin("*", Choice.STORE), new Pin("*2a", Choice.STORE)));
        assertEquals(PROBLEM, PROBLEM.pinned(List.of()));
        assertEquals(
                List.of(new Segment(1, 3, CHAIN)),
                PROBLEM.pinned(List.of(new Pin("res3", "recompute"))).segments());
    }

    @Test
    void patternsAreNamesWithStars() {
        assertTrue(new Pin("res2*", "m").matches("res2"));
        assertTrue(new Pin("*a*c", "m").matches("xxabbc"));
        assertFalse(new Pin("res2", "m").matches("res2a"));
        assertFalse(new Pin("re.2a", "m").matches("res2a"));
        assertTrue(new Pin("a[0]\\E*", "m").matches("a[0]\\E.x"));
    }

    @Test
    void pinsThatMeanNothingOrDisagreeAreErrors() {
        assertTrue(refused(new Pin("res9*", Choice.STORE)).contains("\"res9*\" → store matches none of \"stem\""));
        assertTrue(refused(new Pin("stem", "reversible"))
                .contains("\"stem\" → reversible matches \"stem\", which has [recompute, store]"));
        assertTrue(refused(new Pin("res2*", Choice.STORE), new Pin("*b", "recompute"))
                .contains("\"res2*\" → store and \"*b\" → recompute disagree about \"res2b\""));
        assertTrue(refused(new Pin("res2a", "reversible"), new Pin("res2b", Choice.STORE))
                .contains("unit \"res2a\" has none"));
    }
}
