package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.revlayers.internal.convert.PlanUnits;
import org.revlayers.internal.plan.Choice;
import org.revlayers.internal.plan.PlanProblem;
import org.revlayers.internal.plan.PlanUnit;
import org.revlayers.internal.plan.Segment;
import org.revlayers.plan.Answer;

/** Makes the solver's problem of what was measured. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class Problems {

    /** Times that differ by less are alike: they are measured. */
    private static final double ALIKE = 0.03;

    /** Of a network; the fixed bytes are those beside units. */
    public static PlanProblem of(NetworkFigures network) {
        List<PlanUnit> units = new ArrayList<>();
        for (int i = 0; i < network.of().size(); i++) {
            units.add(
                    new PlanUnit(name(network.units(), i), choices(network.of().get(i))));
        }
        return new PlanProblem(network.rest().bytes(), 0, units, segments(network));
    }

    /** A unit's name; with its number where several are called alike. */
    public static String name(PlanUnits units, int unit) {
        String name = units.units().get(unit).name();
        long alike = units.units().stream().filter(u -> u.name().equals(name)).count();
        return alike > 1 ? name + " #" + (unit + 1) : name;
    }

    private static List<Choice> choices(Map<Answer, UnitFigures> figures) {
        double fastest = figures.values().stream()
                .mapToDouble(UnitFigures::seconds)
                .min()
                .orElse(0);
        List<Choice> choices = new ArrayList<>();
        figures.forEach((answer, f) -> choices.add(new Choice(
                answer.label(), f.kept(), f.forward(), f.backward(), extra(f.seconds(), fastest), answer.exactness())));
        return choices;
    }

    private static double extra(double seconds, double fastest) {
        return seconds <= fastest * (1 + ALIKE) ? 0 : seconds - fastest;
    }

    /**
     * Several units of a row whose first one's input alone is kept. Their backward computes all of them again and keeps it, then goes back:
     *
     * <pre>
     *   forward peak  = x + max over j of what j's forward holds
     *   backward peak = x + dy + max over j of (Σ kept before j + what j holds), by STORE inside
     *   seconds       = Σ forward + forward and backward by STORE
     * </pre>
     */
    private static List<Segment> segments(NetworkFigures network) {
        List<Segment> segments = new ArrayList<>();
        List<PlanUnits.Unit> units = network.units().units();
        for (int from = 0; from < units.size(); from++) {
            for (int to = from + 2;
                    to <= units.size()
                            && units.get(to - 1).run() == units.get(from).run();
                    to++) {
                segments.add(new Segment(from, to, together(network, from, to)));
            }
        }
        return segments;
    }

    private static Choice together(NetworkFigures network, int from, int to) {
        long x = bytes(network, from);
        long held = network.units().units().get(from).first() ? 0 : x; // else the network holds it
        boolean last = network.units().units().get(to - 1).last();
        long dy = last ? 0 : bytes(network, to);
        long forward = 0;
        long backward = 0;
        long inside = 0;
        double seconds = 0;
        double fastest = 0;
        for (int j = from; j < to; j++) {
            UnitFigures store = network.of().get(j).get(Answer.STORE);
            UnitFigures lean = network.of().get(j).get(Answer.CHECKPOINT);
            boolean first = j == from;
            forward = Math.max(forward, (first ? 0 : held) + lean.forward());
            // the sequence's own input is not kept once more inside of it
            backward = Math.max(
                    backward, held + dy + inside + Math.max(store.forward(), store.backward()) - (first ? held : 0));
            inside += store.kept() - (first ? Math.min(held, store.kept()) : 0);
            seconds += lean.forwardSeconds() + store.seconds();
            fastest += network.of().get(j).values().stream()
                    .mapToDouble(UnitFigures::seconds)
                    .min()
                    .orElse(0);
        }
        return new Choice(
                Answer.CHECKPOINT.label(),
                held,
                Math.max(held, forward),
                Math.max(held, backward),
                extra(seconds, fastest),
                Answer.CHECKPOINT.exactness());
    }

    /** What a unit reads. */
    private static long bytes(NetworkFigures network, int unit) {
        long elements = 1;
        for (long side : network.shapes().get(unit)) {
            elements *= side;
        }
        return elements * network.type().width();
    }
}
