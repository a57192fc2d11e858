package org.revlayers.internal.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Takes from a problem what pins exclude. */
final class Pins {

    private Pins() {}

    static PlanProblem apply(PlanProblem problem, List<Pin> pins) {
        Pin[] pinned = new Pin[problem.units().size()];
        for (Pin pin : pins) {
            boolean matched = false;
            for (int i = 0; i < pinned.length; i++) {
                if (pin.matches(problem.units().get(i).name())) {
                    pinned[i] = agreed(pinned[i], pin, problem, i);
                    matched = true;
                }
            }
            if (!matched) {
                throw new IllegalArgumentException("a pin matches a unit, " + pin + " matches none of "
                        + problem.units().stream()
                                .map(unit -> "\"" + unit.name() + "\"")
                                .collect(Collectors.joining(", ")));
            }
        }
        List<PlanUnit> units = new ArrayList<>();
        for (int i = 0; i < pinned.length; i++) {
            units.add(reduced(problem.units().get(i), pinned[i]));
        }
        List<Segment> segments = problem.segments().stream()
                .filter(segment -> IntStream.range(segment.from(), segment.to())
                        .allMatch(i -> pinned[i] == null
                                || pinned[i].method().equals(segment.choice().method())))
                .toList();
        return new PlanProblem(problem.fixedBytes(), problem.headBytes(), units, segments, problem.diskBytes());
    }

    private static Pin agreed(Pin earlier, Pin pin, PlanProblem problem, int unit) {
        String name = problem.units().get(unit).name();
        if (earlier != null && !earlier.method().equals(pin.method())) {
            throw new IllegalArgumentException("a unit has one method, pins " + earlier + " and " + pin
                    + " disagree about \"" + name + "\": take one of them away");
        }
        Set<String> methods = new TreeSet<>();
        problem.units().get(unit).choices().forEach(choice -> methods.add(choice.method()));
        problem.segments().stream()
                .filter(segment -> segment.covers(unit))
                .forEach(segment -> methods.add(segment.choice().method()));
        if (!methods.contains(pin.method())) {
            throw new IllegalArgumentException("a pin names a method that its units have, " + pin + " matches \"" + name
                    + "\", which has " + methods + ": name one of these, or fewer units");
        }
        return pin;
    }

    private static PlanUnit reduced(PlanUnit unit, Pin pin) {
        return pin == null
                ? unit
                : new PlanUnit(
                        unit.name(),
                        unit.choices().stream()
                                .filter(choice -> choice.method().equals(pin.method()))
                                .toList());
    }
}
