package org.revlayers.internal.planner;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.internal.convert.PlanUnits;
import org.revlayers.internal.disk.Bandwidth;
import org.revlayers.internal.disk.Disk;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/** Measures what units take by each answer: once for those that are alike, its answers in turn. */
final class AnswerMeter {

    private static final Rounds ROUNDS = new Rounds(7, 2);

    /** Bytes that the speed of a disk is measured with. */
    private static final long PROBE = 64L << 20;

    /** Stored, with a backward that follows at once. */
    private static final String AGAIN = "again";

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

    /**
     * @param alike the same for units that are alike, in shape too
     * @param shape of what the unit reads
     */
    Map<Answer, UnitFigures> figures(int unit, String alike, UnitShape shape) {
        String key = UnitTimes.key(alike, type, allowed, disk);
        return known.computeIfAbsent(key, k -> measured(unit, k, shape));
    }

    private Map<Answer, UnitFigures> measured(int unit, String key, UnitShape shape) {
        try (UnitInputs inputs = new UnitInputs(type)) {
            return measured(unit, key, inputs, shape);
        }
    }

    private Map<Answer, UnitFigures> measured(int unit, String key, UnitInputs inputs, UnitShape shape) {
        Map<String, Rounds.Run> meters = new LinkedHashMap<>();
        Map<Answer, String> keys = new EnumMap<>(Answer.class);
        for (Answer answer : units.answers(unit)) {
            if (units.exactness(unit, answer).fits(allowed)
                    && (disk || !answer.memory().onDisk())) {
                keys.put(answer, key + answer.label());
                meters.put(key + answer.label(), meter(unit, answer, inputs, false, shape));
            }
        }
        Map<String, UnitFigures> measured = ROUNDS.of(meters, times);
        Map<Answer, UnitFigures> figures = new EnumMap<>(Answer.class);
        keys.forEach((answer, own) ->
                figures.put(answer, answer.memory().onDisk() ? withoutInput(measured.get(own)) : measured.get(own)));
        figures.computeIfPresent(
                Answer.STORE,
                (answer, store) -> followed(store, key + AGAIN, meter(unit, answer, inputs, true, shape)));
        return MeasuredTimes.sensible(figures);
    }

    /** With what is other where a backward follows at once; most units have nothing, which one run tells. */
    private UnitFigures followed(UnitFigures store, String key, Rounds.Run again) {
        return store.isAlike(again.once(true))
                ? store
                : store.with(ROUNDS.of(Map.of(key, again), times).get(key));
    }

    private Rounds.Run meter(int unit, Answer answer, UnitInputs inputs, boolean near, UnitShape shape) {
        PlanUnits.Unit which = units.units().get(unit);
        return UnitMeter.of(units.made(unit, answer.memory()).stream()
                .map(made -> new UnitMeter(made, inputs, type, which.first(), which.last(), near, shape))
                .toList());
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
}
