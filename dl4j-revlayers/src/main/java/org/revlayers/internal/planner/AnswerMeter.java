package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.internal.convert.PlanUnits;
import org.revlayers.internal.disk.Bandwidth;
import org.revlayers.internal.disk.Disk;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/** Measures what units take by each answer: once for those that are alike, its answers in turn. */
final class AnswerMeter {

    /** Times that each answer is run; the first two warm up. */
    private static final int ROUNDS = 7;

    private static final int WARM_UP = 2;

    /** Bytes that the speed of a disk is measured with. */
    private static final long PROBE = 64L << 20;

    private final PlanUnits units;
    private final DataType type;
    private final Exactness allowed;
    private final boolean disk;
    private final UnitTimes times;
    private final Map<String, Map<Answer, UnitFigures>> known = new HashMap<>();
    private Bandwidth bandwidth;

    AnswerMeter(PlanUnits units, DataType type, Exactness allowed, boolean disk, UnitTimes times) {
        this.units = units;
        this.type = type;
        this.allowed = allowed;
        this.disk = disk;
        this.times = times;
    }

    /** @param shape of the unit's input */
    Map<Answer, UnitFigures> figures(int unit, long... shape) {
        String key = UnitTimes.key(units.key(unit), shape, type, allowed, disk);
        return known.computeIfAbsent(key, k -> measured(unit, k, shape));
    }

    private Map<Answer, UnitFigures> measured(int unit, String key, long... shape) {
        PlanUnits.Unit which = units.units().get(unit);
        Map<Answer, List<UnitMeter>> meters = new EnumMap<>(Answer.class);
        for (Answer answer : units.answers(unit)) {
            if (units.exactness(unit, answer).fits(allowed)
                    && (disk || !answer.memory().onDisk())) {
                meters.put(
                        answer,
                        units.made(unit, answer.memory()).stream()
                                .map(made -> new UnitMeter(made, type, which.first(), which.last(), shape))
                                .toList());
            }
        }
        boolean timed = meters.keySet().stream().allMatch(answer -> times.has(key + answer.label()));
        Map<Answer, List<UnitFigures>> runs = new EnumMap<>(Answer.class);
        for (int round = 0; round < (timed ? WARM_UP + 1 : ROUNDS); round++) {
            for (Map.Entry<Answer, List<UnitMeter>> meter : meters.entrySet()) {
                UnitFigures figures = run(meter.getValue(), round == 0);
                if (round >= WARM_UP) {
                    runs.computeIfAbsent(meter.getKey(), k -> new ArrayList<>()).add(figures);
                }
            }
        }
        Map<Answer, UnitFigures> figures = new EnumMap<>(Answer.class);
        runs.forEach((answer, all) -> {
            UnitFigures own = timed ? times.timed(key + answer.label(), all.get(0)) : UnitFigures.typical(all);
            if (!timed) {
                times.put(key + answer.label(), own);
            }
            figures.put(answer, answer.memory().onDisk() ? withoutInput(own) : own);
        });
        figures.computeIfPresent(Answer.STORE, (answer, store) -> noSlower(store, figures));
        return figures;
    }

    private static UnitFigures run(List<UnitMeter> meters, boolean begins) {
        for (UnitMeter meter : meters) {
            meter.run();
            if (begins) {
                meter.update();
            }
        }
        UnitFigures one = meters.get(0).figures();
        return meters.size() == 1 ? one : one.amongThree(meters.get(1).figures());
    }

    /** The input of a unit goes to the disk with what it keeps inside; the meter owns it and has left it where it is. */
    private UnitFigures withoutInput(UnitFigures measured) {
        if (!measured.keepsInput() || measured.input() < Disk.SMALLEST) {
            return measured;
        }
        if (bandwidth == null) {
            bandwidth = Bandwidth.measure(PROBE);
        }
        return measured.withoutInput(measured.input() / bandwidth.written() + measured.input() / bandwidth.read());
    }

    /** Whoever computes again does all that storing does, and more: what seems otherwise is noise. */
    private static UnitFigures noSlower(UnitFigures store, Map<Answer, UnitFigures> others) {
        UnitFigures fastest = store;
        for (Answer again : List.of(Answer.RECOMPUTE, Answer.CHECKPOINT)) {
            UnitFigures other = others.get(again);
            fastest = other != null && other.seconds() < fastest.seconds() ? other : fastest;
        }
        return store.timed(fastest.forwardSeconds(), fastest.backwardSeconds());
    }
}
