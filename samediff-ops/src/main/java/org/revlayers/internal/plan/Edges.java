package org.revlayers.internal.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.revlayers.plan.Exactness;

/**
 * What leads on from one node of {@link ReadAhead}: the unit's choices and the segments that begin with it, as arrays. Left out are those that a plan may not
 * use, and those that another one beats: it leads to the same node, keeps no more, peaks no higher, costs no more, and is better in one of these.
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

    /**
     * One of them.
     *
     * @param to   a node
     * @param kept of the step, and of a disk's buffers with the first one
     * @param peak the same, and what is read ahead
     */
    record Edge(Step step, int to, long kept, long peak) {

        Choice choice() {
            return step.choice();
        }
    }

    private Edges(List<Edge> used, Map<String, Integer> methods) {
        steps = used.stream().map(Edge::step).toArray(Step[]::new);
        to = used.stream().mapToInt(Edge::to).toArray();
        kept = used.stream().mapToLong(Edge::kept).toArray();
        peak = used.stream().mapToLong(Edge::peak).toArray();
        nanos = used.stream().mapToLong(edge -> edge.choice().nanos()).toArray();
        departures = used.stream().mapToLong(edge -> departures(edge.step())).toArray();
        method = used.stream()
                .mapToInt(edge -> methods.computeIfAbsent(edge.choice().method(), m -> methods.size()))
                .toArray();
    }

    /** Those that no other one beats; {@code methods} numbers the names. */
    static Edges of(List<Edge> all, Map<String, Integer> methods) {
        Map<Integer, List<Edge>> byEnd = new TreeMap<>();
        all.forEach(edge ->
                byEnd.computeIfAbsent(edge.to(), to -> new ArrayList<>()).add(edge));
        return new Edges(
                byEnd.values().stream()
                        .flatMap(same ->
                                same.stream().filter(edge -> same.stream().noneMatch(other -> beats(other, edge))))
                        .toList(),
                methods);
    }

    /** What a plan may do with the units from one on. */
    static List<Step> steps(int from, PlanUnit unit, List<Segment> starting, Exactness allowed) {
        Stream<Step> single = unit.choices().stream().map(choice -> new Step(from, from + 1, choice));
        Stream<Step> several = starting.stream().map(segment -> new Step(from, segment.to(), segment.choice()));
        return Stream.concat(single, several)
                .filter(step -> step.choice().exactness().fits(allowed))
                .toList();
    }

    /** Segments by their first unit, in the order given. */
    static List<List<Segment>> byStart(int units, List<Segment> segments) {
        List<List<Segment>> starts = new ArrayList<>();
        IntStream.range(0, units).forEach(i -> starts.add(new ArrayList<>()));
        segments.forEach(segment -> starts.get(segment.from()).add(segment));
        return starts;
    }

    private static boolean beats(Edge edge, Edge other) {
        int cost = Long.compare(edge.choice().nanos(), other.choice().nanos());
        cost = cost == 0 ? Long.compare(departures(edge.step()), departures(other.step())) : cost;
        return edge.kept() <= other.kept()
                && edge.peak() <= other.peak()
                && cost <= 0
                && (cost < 0 || edge.kept() < other.kept() || edge.peak() < other.peak());
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
