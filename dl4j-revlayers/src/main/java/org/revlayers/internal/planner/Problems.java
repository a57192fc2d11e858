package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.revlayers.internal.convert.PlanSubject;
import org.revlayers.internal.disk.Disk;
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

    /** Of a network, in memory alone; the fixed bytes are those beside units. */
    public static PlanProblem of(NetworkFigures network) {
        return new PlanProblem(network.rest().bytes(), 0, units(network.units(), network.of()), inMemory(network));
    }

    /** The same with a disk. */
    public static PlanProblem withDisk(NetworkFigures network) {
        List<Segment> segments = inMemory(network);
        segments.addAll(checkpoints(network, Answer.CHECKPOINT_OFFLOAD));
        return new PlanProblem(
                network.rest().bytes(),
                0,
                units(network.units(), network.of(), answer -> true),
                segments,
                Disk.bufferBytes());
    }

    /** Bytes that a unit writes to a disk in a step. */
    private static long moved(Map<Answer, UnitFigures> unit, Answer answer) {
        Answer inMemory = answer == Answer.OFFLOAD ? Answer.STORE : Answer.CHECKPOINT;
        return answer.memory().onDisk() && unit.containsKey(answer)
                ? Math.max(0, unit.get(inMemory).kept() - unit.get(answer).kept())
                : 0;
    }

    /** Each with its answers in memory. */
    static List<PlanUnit> units(PlanSubject units, List<Map<Answer, UnitFigures>> figures) {
        return units(units, figures, answer -> !answer.memory().onDisk());
    }

    private static List<PlanUnit> units(
            PlanSubject units, List<Map<Answer, UnitFigures>> figures, Predicate<Answer> wanted) {
        List<PlanUnit> made = new ArrayList<>();
        for (int i = 0; i < figures.size(); i++) {
            Map<Answer, UnitFigures> own = new EnumMap<>(figures.get(i));
            own.keySet().removeIf(wanted.negate());
            made.add(new PlanUnit(name(units, i), choices(units, i, own)));
        }
        return made;
    }

    /** A unit's name; with its number where several are called alike. */
    public static String name(PlanSubject units, int unit) {
        String name = units.name(unit);
        long alike = IntStream.range(0, units.size())
                .filter(i -> units.name(i).equals(name))
                .count();
        return alike > 1 ? name + " #" + (unit + 1) : name;
    }

    private static List<Choice> choices(PlanSubject units, int unit, Map<Answer, UnitFigures> figures) {
        double fastest = UnitFigures.fastest(figures);
        List<Choice> choices = new ArrayList<>();
        figures.forEach((answer, f) -> choices.add(new Choice(
                answer.label(),
                f.kept(),
                f.forward(),
                f.backward(),
                extra(f.seconds(), fastest),
                units.exactness(unit, answer),
                moved(figures, answer))));
        return choices;
    }

    private static List<Segment> checkpoints(NetworkFigures network, Answer checkpoint) {
        List<Segment> segments = new ArrayList<>();
        int n = network.of().size();
        for (int from = 0; from < n; from++) {
            for (int to = from + 2; to <= n && network.units().canCheckpoint(from, to); to++) {
                segments.add(new Segment(
                        from,
                        to,
                        Together.of(
                                network.of().subList(from, to),
                                checkpoint,
                                network.units().isValueFirst())));
            }
        }
        return segments;
    }

    private static List<Segment> inMemory(NetworkFigures network) {
        List<Segment> segments = checkpoints(network, Answer.CHECKPOINT);
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
