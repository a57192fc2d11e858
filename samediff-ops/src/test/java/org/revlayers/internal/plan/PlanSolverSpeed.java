package org.revlayers.internal.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.revlayers.plan.Exactness;

/** Not a test: prints how long the solver takes for 100 units with 8 choices each and every segment there can be. */
final class PlanSolverSpeed {

    private static final int UNITS = 100;
    private static final int CHOICES = 8;
    private static final int ROUNDS = 7;

    private PlanSolverSpeed() {}

    public static void main(String... args) {
        for (String kind : List.of("identical", "random", "ties", "disk identical", "disk random")) {
            PlanProblem problem = problem(kind, new Random(1));
            long[] nanos = new long[ROUNDS];
            Frontier frontier = null;
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                frontier = PlanSolver.solve(problem, Exactness.NEW_FUNCTION);
                frontier.within(Long.MAX_VALUE);
                nanos[round] = System.nanoTime() - start;
            }
            System.out.printf(
                    Locale.ROOT,
                    "%-14s %d units, %d segments: first %.3f s, least %.3f s, %d points, %d plans, rounding %d%n",
                    kind,
                    UNITS,
                    problem.segments().size(),
                    nanos[0] * 1e-9,
                    LongStream.of(nanos).min().orElseThrow() * 1e-9,
                    frontier.points().size(),
                    frontier.size(),
                    frontier.rounding());
        }
    }

    /** Blocks of about 64 MiB. Methods that keep less take longer; "ties" has all sizes in MiB, half of the choices for nothing. */
    private static PlanProblem problem(String kind, Random random) {
        List<PlanUnit> units = new ArrayList<>();
        long[] kept = new long[UNITS];
        for (int i = 0; i < UNITS; i++) {
            Random own = kind.endsWith("identical") ? new Random(2) : random;
            kept[i] = 32_000_000 + own.nextInt(64_000_000);
            List<Choice> choices = new ArrayList<>();
            for (int k = 0; k < CHOICES; k++) {
                double share = k == 0 ? 1 : own.nextDouble();
                double seconds = k == 0 ? 0 : (1 - share) * (0.05 + 0.1 * own.nextDouble());
                choices.add(choice(kind, k == 0 ? Choice.STORE : "m" + k, (long) (share * kept[i]), kept[i], seconds));
            }
            units.add(new PlanUnit("block" + i, choices));
        }
        List<Segment> segments = new ArrayList<>();
        for (int from = 0; from < UNITS; from++) {
            long all = 0;
            for (int to = from + 1; to <= UNITS; to++) {
                all += kept[to - 1];
                segments.add(new Segment(
                        from,
                        to,
                        choice(kind, "segment", 4_000_000 + random.nextInt(1_000_000), all, 0.1 * (to - from))));
            }
        }
        return kind.startsWith("disk") ? moving(units, segments) : new PlanProblem(0, 10_000_000, units, segments);
    }

    /** The same with what two choices of each unit keep, and what segments do in a second form, on a disk. */
    private static PlanProblem moving(List<PlanUnit> units, List<Segment> segments) {
        List<PlanUnit> all = units.stream()
                .map(unit -> new PlanUnit(
                        unit.name(),
                        IntStream.range(0, CHOICES)
                                .mapToObj(k -> k < CHOICES - 2
                                        ? unit.choices().get(k)
                                        : moved(unit.choices().get(k)))
                                .toList()))
                .toList();
        List<Segment> more = new ArrayList<>(segments);
        segments.forEach(s -> more.add(new Segment(s.from(), s.to(), moved(s.choice()))));
        return new PlanProblem(0, 10_000_000, all, more, 9 << 20);
    }

    private static Choice moved(Choice c) {
        return new Choice(
                c.method() + " disk",
                0,
                c.forwardPeakBytes(),
                c.backwardPeakBytes(),
                c.seconds() + 0.02,
                c.exactness(),
                c.keptBytes());
    }

    private static Choice choice(String kind, String method, long kept, long peak, double seconds) {
        boolean coarse = kind.equals("ties");
        long unit = coarse ? 1 << 20 : 1;
        double time = coarse && kept % 2 == 0 ? 0 : seconds;
        long rounded = kept / unit * unit;
        return new Choice(
                method, rounded, Math.max(rounded, peak / unit * unit), rounded + unit, time, Exactness.SAME_FUNCTION);
    }
}
