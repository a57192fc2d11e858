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
        return new PlanProblem(network.rest().bytes(), 0, units(network.units(), network.of()), segments(network));
    }

    /** Each with its answers. */
    static List<PlanUnit> units(PlanUnits units, List<Map<Answer, UnitFigures>> figures) {
        List<PlanUnit> made = new ArrayList<>();
        for (int i = 0; i < figures.size(); i++) {
            made.add(new PlanUnit(name(units, i), choices(figures.get(i))));
        }
        return made;
    }

    /** A unit's name; with its number where several are called alike. */
    public static String name(PlanUnits units, int unit) {
        String name = units.units().get(unit).name();
        long alike = units.units().stream().filter(u -> u.name().equals(name)).count();
        return alike > 1 ? name + " #" + (unit + 1) : name;
    }

    private static List<Choice> choices(Map<Answer, UnitFigures> figures) {
        double fastest = UnitFigures.fastest(figures);
        List<Choice> choices = new ArrayList<>();
        figures.forEach((answer, f) -> choices.add(new Choice(
                answer.label(), f.kept(), f.forward(), f.backward(), extra(f.seconds(), fastest), answer.exactness())));
        return choices;
    }

    private static List<Segment> segments(NetworkFigures network) {
        List<Segment> segments = new ArrayList<>();
        List<PlanUnits.Unit> units = network.units().units();
        for (int from = 0; from < units.size(); from++) {
            for (int to = from + 2; to <= units.size() && network.units().canCheckpoint(from, to); to++) {
                segments.add(new Segment(from, to, Together.of(network.of().subList(from, to))));
            }
        }
        for (ChainFigures chain : network.chains()) {
            UnitFigures of = chain.of();
            Choice choice = new Choice(
                    Answer.REVERSIBLE.label(),
                    of.kept(),
                    of.forward(),
                    of.backward(),
                    extra(of.seconds(), network.fastestSeconds(chain.from(), chain.to())),
                    chain.exactness());
            segments.add(new Segment(chain.from(), chain.to(), choice));
        }
        return segments;
    }

    static double extra(double seconds, double fastest) {
        return seconds <= fastest * (1 + ALIKE) ? 0 : seconds - fastest;
    }
}
