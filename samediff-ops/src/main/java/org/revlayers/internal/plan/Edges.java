package org.revlayers.internal.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.revlayers.plan.Exactness;

/**
 * What leads on from one unit: its choices and the segments that begin with it, as arrays. Left out are those that a plan may not use, and those that
 * another one beats: it leads to the same unit, keeps no more, peaks no higher, costs no more, and is better in one of these.
 */
final class Edges {

    private static final int NEW_FUNCTION_SHIFT = 42;
    private static final int APPROXIMATE_SHIFT = 21;

    final Step[] steps;
    final int[] to;
    final long[] kept;
    final long[] peak;
    final long[] nanos;
    /** Departures from plain training; see {@link #departures(Step)}. */
    final long[] departures;

    final int[] method;

    private Edges(List<Step> used, Map<String, Integer> methods) {
        steps = used.toArray(new Step[0]);
        to = used.stream().mapToInt(Step::to).toArray();
        kept = used.stream().mapToLong(step -> step.choice().keptBytes()).toArray();
        peak = used.stream().mapToLong(step -> step.choice().peakBytes()).toArray();
        nanos = used.stream().mapToLong(step -> step.choice().nanos()).toArray();
        departures = used.stream().mapToLong(Edges::departures).toArray();
        method = used.stream()
                .mapToInt(step -> methods.computeIfAbsent(step.choice().method(), m -> methods.size()))
                .toArray();
    }

    /** Those of a unit; {@code methods} numbers the names. */
    static Edges of(int from, PlanUnit unit, List<Segment> starting, Exactness allowed, Map<String, Integer> methods) {
        Stream<Step> single = unit.choices().stream().map(choice -> new Step(from, from + 1, choice));
        Stream<Step> several = starting.stream().map(segment -> new Step(from, segment.to(), segment.choice()));
        List<List<Step>> byEnd = new ArrayList<>();
        Stream.concat(single, several)
                .filter(step -> step.choice().exactness().fits(allowed))
                .forEach(step -> {
                    while (byEnd.size() < step.to() - from) {
                        byEnd.add(new ArrayList<>());
                    }
                    byEnd.get(step.to() - from - 1).add(step);
                });
        return new Edges(
                byEnd.stream()
                        .flatMap(same ->
                                same.stream().filter(step -> same.stream().noneMatch(other -> beats(other, step))))
                        .toList(),
                methods);
    }

    /** Segments by their first unit, in the order given. */
    static List<List<Segment>> byStart(int units, List<Segment> segments) {
        List<List<Segment>> starts = new ArrayList<>();
        IntStream.range(0, units).forEach(i -> starts.add(new ArrayList<>()));
        segments.forEach(segment -> starts.get(segment.from()).add(segment));
        return starts;
    }

    private static boolean beats(Step step, Step other) {
        Choice a = step.choice();
        Choice b = other.choice();
        int cost = Long.compare(a.nanos(), b.nanos());
        cost = cost == 0 ? Long.compare(departures(step), departures(other)) : cost;
        return a.keptBytes() <= b.keptBytes()
                && a.peakBytes() <= b.peakBytes()
                && cost <= 0
                && (cost < 0 || a.keptBytes() < b.keptBytes() || a.peakBytes() < b.peakBytes());
    }

    /**
     * Units that train a new function, that have approximate gradients, that do not store: three counts in one number, which adds up along a plan and
     * compares by the first that differs. 21 bits each, for 2²⁰ units.
     */
    static long departures(Step step) {
        long one =
                switch (step.choice().exactness()) {
                    case NEW_FUNCTION -> 1L << NEW_FUNCTION_SHIFT;
                    case APPROXIMATE_GRADIENTS -> 1L << APPROXIMATE_SHIFT;
                    case SAME_FUNCTION -> 0;
                };
        one += step.choice().method().equals(Choice.STORE) ? 0 : 1;
        return one * (step.to() - step.from());
    }

    /** The widest exactness in a sum of departures. */
    static Exactness widest(long departures) {
        if (departures >> NEW_FUNCTION_SHIFT != 0) {
            return Exactness.NEW_FUNCTION;
        }
        return departures >> APPROXIMATE_SHIFT != 0 ? Exactness.APPROXIMATE_GRADIENTS : Exactness.SAME_FUNCTION;
    }
}
