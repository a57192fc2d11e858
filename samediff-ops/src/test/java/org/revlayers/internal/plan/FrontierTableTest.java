package org.revlayers.internal.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.revlayers.plan.Exactness;

/** What people see of a frontier. */
class FrontierTableTest {

    private static PlanProblem problem(Random random) {
        return new PlanProblem(
                0,
                0,
                IntStream.range(0, random.nextInt(12))
                        .mapToObj(i -> {
                            int kept = 1 + random.nextInt(1000);
                            Choice less = new Choice(
                                    "recompute", 0, kept, kept, random.nextDouble(), Exactness.SAME_FUNCTION);
                            return new PlanUnit("u" + i, Choice.store(kept, kept, kept), less);
                        })
                        .toList());
    }

    @Test
    void hasAtMostTenRowsWithEndsChosenAndKnee() {
        Random random = new Random(10);
        boolean many = false;
        for (int instance = 0; instance < 300; instance++) {
            Frontier frontier = PlanSolver.solve(problem(random), Exactness.SAME_FUNCTION);
            List<FrontierPoint> points = frontier.points();
            long least = frontier.leastBudget();
            long budget = least + random.nextInt((int) (frontier.fastest().peakBytes() - least) + 3);
            Solution chosen = frontier.within(budget);
            FrontierTable table = FrontierTable.of(frontier, chosen);
            List<FrontierTable.Row> rows = table.rows();
            assertTrue(
                    rows.size() <= FrontierTable.MOST_ROWS && rows.size() >= Math.min(7, points.size()),
                    rows.size() + " of " + points.size());
            assertEquals(points.get(0).seconds(), rows.get(0).point().seconds());
            assertEquals(
                    points.get(points.size() - 1).seconds(),
                    rows.get(rows.size() - 1).point().seconds());
            List<FrontierTable.Row> marked =
                    rows.stream().filter(FrontierTable.Row::chosen).toList();
            assertEquals(1, marked.size());
            assertEquals(
                    new FrontierPoint(chosen.peakBytes(), chosen.seconds(), chosen.exactness()),
                    marked.get(0).point());
            assertEquals(1, rows.stream().filter(FrontierTable.Row::knee).count());
            for (int i = 1; i < rows.size(); i++) {
                assertTrue(rows.get(i - 1).point().peakBytes()
                        < rows.get(i).point().peakBytes());
                assertTrue(
                        rows.get(i - 1).point().seconds() > rows.get(i).point().seconds());
            }
            many |= points.size() > 2 * FrontierTable.MOST_ROWS;
        }
        assertTrue(many);
    }

    @Test
    void theKneeIsNearestToTheOriginOnceScaled() {
        Exactness same = Exactness.SAME_FUNCTION;
        List<FrontierPoint> points = List.of(
                new FrontierPoint(1000, 8, same),
                new FrontierPoint(1100, 3, same), // (0.1, 0.375)
                new FrontierPoint(1300, 1, same), // (0.3, 0.125)
                new FrontierPoint(2000, 0, same));
        assertEquals(2, FrontierTable.knee(points));
        assertEquals(1, FrontierTable.knee(points.subList(0, 3))); // (1/3, 2/7) against (1, 0)
        assertEquals(0, FrontierTable.knee(points.subList(0, 1)));
    }

    @Test
    void readsWell() {
        Frontier frontier = PlanSolver.solve(
                new PlanProblem(
                        0,
                        4 << 20,
                        List.of(new PlanUnit(
                                "a",
                                Choice.store(8 << 20, 8 << 20, 8 << 20),
                                new Choice("recompute", 0, 8 << 20, 8 << 20, 0.25, Exactness.SAME_FUNCTION)))),
                Exactness.SAME_FUNCTION);
        String text = FrontierTable.of(frontier, frontier.within(9 << 20)).toString();
        assertEquals(
                List.of(
                        "        peak         extra  exactness",
                        "    8.00 MiB      0.2500 s  SAME_FUNCTION, chosen, knee",
                        "   12.00 MiB      0.0000 s  SAME_FUNCTION"),
                text.lines().toList());
    }
}
