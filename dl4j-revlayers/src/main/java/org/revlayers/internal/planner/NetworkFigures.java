package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.internal.container.LayerSequence;
import org.revlayers.internal.convert.PlanUnits;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/**
 * All that is measured of a network and a batch.
 *
 * @param units  what can be chosen for
 * @param of     figures of every unit by every answer that is allowed
 * @param rest   what a step holds beyond units, and how long it takes
 */
public record NetworkFigures(PlanUnits units, List<Map<Answer, UnitFigures>> of, RestFigures rest) {

    /** Times that each answer of a unit is run; the first two warm up. */
    private static final int ROUNDS = 7;

    private static final int WARM_UP = 2;

    /** Of a step by the fastest answer of every unit, whatever it takes. */
    public double fastestSeconds() {
        return rest.seconds() + of.stream().mapToDouble(UnitFigures::fastest).sum();
    }

    /** Measures; the network is not changed. */
    public static NetworkFigures of(Model net, DataType type, Batch batch, Exactness allowed) {
        PlanUnits units = PlanUnits.of(net);
        List<long[]> shapes = UnitShapes.of(net, units, batch);
        List<Map<Answer, UnitFigures>> figures = new ArrayList<>();
        Map<String, Map<Answer, UnitFigures>> known = new HashMap<>();
        for (int i = 0; i < units.units().size(); i++) {
            int unit = i;
            String key = units.key(i) + List.of(shapes.get(i)[0], java.util.Arrays.hashCode(shapes.get(i)));
            figures.add(known.computeIfAbsent(key, k -> measured(units, unit, type, allowed, shapes.get(unit))));
        }
        return new NetworkFigures(units, figures, RestFigures.of(units, figures, batch));
    }

    private static Map<Answer, UnitFigures> measured(
            PlanUnits units, int unit, DataType type, Exactness allowed, long... shape) {
        PlanUnits.Unit which = units.units().get(unit);
        Map<Answer, UnitMeter> meters = new EnumMap<>(Answer.class);
        for (Answer answer : units.answers(unit)) {
            if (answer.exactness().fits(allowed)) {
                LayerSequence made = units.made(unit, answer.memory());
                meters.put(answer, new UnitMeter(made, type, which.first(), which.last(), shape));
            }
        }
        Map<Answer, List<UnitFigures>> runs = new EnumMap<>(Answer.class);
        for (int round = 0; round < ROUNDS; round++) {
            for (Map.Entry<Answer, UnitMeter> meter : meters.entrySet()) {
                meter.getValue().run();
                if (round >= WARM_UP) {
                    runs.computeIfAbsent(meter.getKey(), k -> new ArrayList<>())
                            .add(meter.getValue().figures());
                }
            }
        }
        Map<Answer, UnitFigures> figures = new EnumMap<>(Answer.class);
        runs.forEach((answer, all) -> figures.put(answer, typical(all)));
        figures.computeIfPresent(Answer.STORE, (answer, store) -> noSlower(store, figures));
        return figures;
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

    /** Bytes are those of every run; times the mean without the shortest and the longest. */
    private static UnitFigures typical(List<UnitFigures> runs) {
        return runs.get(runs.size() - 1)
                .timed(
                        trimmed(runs.stream()
                                .mapToDouble(UnitFigures::forwardSeconds)
                                .toArray()),
                        trimmed(runs.stream()
                                .mapToDouble(UnitFigures::backwardSeconds)
                                .toArray()));
    }

    private static double trimmed(double... times) {
        double[] sorted = java.util.Arrays.stream(times).sorted().toArray();
        return IntStream.range(1, sorted.length - 1)
                .mapToDouble(i -> sorted[i])
                .average()
                .orElse(sorted[0]);
    }
}
