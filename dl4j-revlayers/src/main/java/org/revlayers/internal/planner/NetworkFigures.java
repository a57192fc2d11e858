package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.convert.PlanUnits;
import org.revlayers.keep.Memory;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/**
 * All that is measured of a network and a batch.
 *
 * @param units  what can be chosen for
 * @param of     figures of every unit by every answer that is allowed
 * @param chains of units that can be reversible together; as far as that is allowed
 * @param rest   what a step holds beyond units, and how long it takes
 */
public record NetworkFigures(
        PlanUnits units, List<Map<Answer, UnitFigures>> of, List<ChainFigures> chains, RestFigures rest) {

    /** Times that each answer of a unit is run; the first two warm up. */
    private static final int ROUNDS = 7;

    private static final int WARM_UP = 2;

    /** Of a step by the fastest answer of every unit, whatever it takes. */
    public double fastestSeconds() {
        return rest.seconds() + fastestSeconds(0, of.size());
    }

    /**
     * Measures; the network is not changed.
     *
     * @param reversible how units are reversible
     */
    public static NetworkFigures of(Model net, DataType type, Batch batch, Exactness allowed, Memory reversible) {
        UnitTimes times = UnitTimes.standard();
        PlanUnits units = PlanUnits.of(net);
        List<long[]> shapes = UnitShapes.of(net, units, batch);
        List<Map<Answer, UnitFigures>> figures = new ArrayList<>();
        Map<String, Map<Answer, UnitFigures>> known = new HashMap<>();
        for (int i = 0; i < units.units().size(); i++) {
            int unit = i;
            String key = UnitTimes.key(units.key(i), shapes.get(i), type, allowed);
            figures.add(
                    known.computeIfAbsent(key, k -> measured(units, unit, type, allowed, shapes.get(unit), k, times)));
        }
        List<ChainFigures> chains = new ChainMeter(units, type, shapes, reversible, times).all(allowed);
        times.save();
        return new NetworkFigures(units, figures, chains, RestFigures.of(units, figures, batch));
    }

    /** As fast as each of some units can be. */
    double fastestSeconds(int from, int to) {
        return of.subList(from, to).stream().mapToDouble(UnitFigures::fastest).sum();
    }

    private static Map<Answer, UnitFigures> measured(
            PlanUnits units, int unit, DataType type, Exactness allowed, long[] shape, String key, UnitTimes times) {
        PlanUnits.Unit which = units.units().get(unit);
        Map<Answer, UnitMeter> meters = new EnumMap<>(Answer.class);
        for (Answer answer : units.answers(unit)) {
            if (answer.exactness().fits(allowed)) {
                ContainerLayer made = units.made(unit, answer.memory());
                meters.put(answer, new UnitMeter(made, type, which.first(), which.last(), shape));
            }
        }
        Map<Answer, List<UnitFigures>> runs = new EnumMap<>(Answer.class);
        boolean known = meters.keySet().stream().allMatch(answer -> times.has(key + answer.label()));
        for (int round = 0; round < (known ? WARM_UP + 1 : ROUNDS); round++) {
            for (Map.Entry<Answer, UnitMeter> meter : meters.entrySet()) {
                meter.getValue().run();
                if (round >= WARM_UP) {
                    runs.computeIfAbsent(meter.getKey(), k -> new ArrayList<>())
                            .add(meter.getValue().figures());
                }
            }
        }
        Map<Answer, UnitFigures> figures = new EnumMap<>(Answer.class);
        runs.forEach((answer, all) ->
                figures.put(answer, known ? times.timed(key + answer.label(), all.get(0)) : UnitFigures.typical(all)));
        figures.computeIfPresent(Answer.STORE, (answer, store) -> noSlower(store, figures));
        if (!known) {
            figures.forEach((answer, of) -> times.put(key + answer.label(), of));
        }
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
}
