package org.revlayers.internal.plan;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * All that the planner knows of a network.
 *
 * <pre>{@code
 * PlanProblem problem = new PlanProblem(fixed, head, units, segments);
 * Solution plan = PlanSolver.solve(problem, Exactness.SAME_FUNCTION).within(Bytes.parse("2GiB"));
 * }</pre>
 *
 * @param fixedBytes B: there throughout, such as weights, gradients, updater state and the batch; 0 if budgets are for the rest
 * @param headBytes  most that is alive at a time behind the last unit, beyond what units keep: head and loss
 * @param units      in forward order
 * @param segments   methods over several units, any number, overlapping as they like
 * @param diskBytes  there throughout, too, in plans that move something to a disk: its buffers
 */
public record PlanProblem(
        long fixedBytes, long headBytes, List<PlanUnit> units, List<Segment> segments, long diskBytes) {

    private static final int MOST_UNITS = 1 << 20;

    /** @throws IllegalArgumentException if a size is negative, names repeat, a segment ends behind the units, or sizes add up to more than 2⁶² */
    public PlanProblem {
        units = List.copyOf(units);
        segments = List.copyOf(segments);
        Sums.require(fixedBytes, "fixed bytes");
        Sums.require(headBytes, "bytes of the head");
        Sums.require(diskBytes, "bytes of a disk's buffers");
        if (units.size() > MOST_UNITS) {
            throw new IllegalArgumentException(
                    "a problem has at most 2^20 units, not " + units.size() + ": plan for blocks, not for operations");
        }
        Set<String> names = new HashSet<>();
        for (PlanUnit unit : units) {
            if (!names.add(unit.name())) {
                throw new IllegalArgumentException(
                        "units have names of their own, \"" + unit.name() + "\" is there twice: number them");
            }
        }
        for (Segment segment : segments) {
            if (segment.to() > units.size()) {
                throw new IllegalArgumentException(
                        "segments lie within the " + units.size() + " units, [" + segment.from()
                                + ", " + segment.to() + ") by method \""
                                + segment.choice().method()
                                + "\" does not: to is the unit behind its last");
            }
        }
        checkSums(Sums.add(fixedBytes, diskBytes, "bytes"), headBytes, units, segments);
    }

    public PlanProblem(long fixedBytes, long headBytes, List<PlanUnit> units, List<Segment> segments) {
        this(fixedBytes, headBytes, units, segments, 0);
    }

    public PlanProblem(long fixedBytes, long headBytes, List<PlanUnit> units) {
        this(fixedBytes, headBytes, units, List.of());
    }

    /** No plan's sum is larger than the sum of the largest: sums need no check after this one. */
    private static void checkSums(long fixed, long head, List<PlanUnit> units, List<Segment> segments) {
        int n = units.size();
        long[] bytes = new long[n + 1];
        long[] nanos = new long[n + 1];
        bytes[n] = head;
        List<List<Segment>> starts = Edges.byStart(n, segments);
        for (int i = n - 1; i >= 0; i--) {
            for (Choice choice : units.get(i).choices()) {
                raise(bytes, nanos, i, i + 1, choice);
            }
            for (Segment segment : starts.get(i)) {
                raise(bytes, nanos, i, segment.to(), segment.choice());
            }
        }
        long moved =
                choices(units, segments).mapToLong(Choice::movedBytes).max().orElse(0);
        Sums.add(Sums.add(fixed, bytes[0], "bytes"), moved, "bytes");
    }

    /** Of all units and segments. */
    Stream<Choice> choices() {
        return choices(units, segments);
    }

    private static Stream<Choice> choices(List<PlanUnit> units, List<Segment> segments) {
        return Stream.concat(
                units.stream().flatMap(unit -> unit.choices().stream()),
                segments.stream().map(Segment::choice));
    }

    private static void raise(long[] bytes, long[] nanos, int from, int to, Choice choice) {
        long kept = Sums.add(choice.keptBytes(), bytes[to], "bytes");
        bytes[from] = Math.max(bytes[from], Math.max(Sums.add(choice.peakBytes(), 0, "bytes"), kept));
        nanos[from] = Math.max(nanos[from], Sums.add(choice.nanos(), nanos[to], "nanoseconds"));
    }

    /**
     * The same problem in which units have one method each that is given, and segments over them by other methods are gone.
     *
     * @throws IllegalArgumentException if a pin matches no unit, a unit lacks the method, or two pins disagree
     */
    public PlanProblem pinned(List<Pin> pins) {
        return Pins.apply(this, pins);
    }

    /**
     * Every unit by the same method, on its own: all {@value Choice#STORE} is the training without a plan.
     *
     * @throws IllegalArgumentException if a unit has no such choice
     */
    public Solution uniform(String method) {
        return new Solution(
                this,
                IntStream.range(0, units.size())
                        .mapToObj(i -> new Step(i, i + 1, choice(units.get(i), method)))
                        .toList());
    }

    private static Choice choice(PlanUnit unit, String method) {
        return unit.choices().stream()
                .filter(choice -> choice.method().equals(method))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "unit \"" + unit.name() + "\" has no method \"" + method + "\": it has "
                                + unit.choices().stream().map(Choice::method).toList()));
    }

    /** The name of the units [from, to), for people. */
    String name(int from, int to) {
        String first = units.get(from).name();
        return to == from + 1 ? first : first + " … " + units.get(to - 1).name();
    }
}
