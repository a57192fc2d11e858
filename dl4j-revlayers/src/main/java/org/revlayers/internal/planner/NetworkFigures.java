package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.internal.convert.PlanSubject;
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
        PlanSubject units, List<Map<Answer, UnitFigures>> of, List<ChainFigures> chains, RestFigures rest) {

    /** Of a step by the fastest answer of every unit, whatever it takes. */
    public double fastestSeconds() {
        return rest.seconds() + fastestSeconds(0, of.size());
    }

    /**
     * Measures; the network is not changed.
     *
     * @param reversible how units are reversible
     * @param disk       whether answers that use one are measured, too
     */
    public static NetworkFigures of(
            Model net, DataType type, Batch batch, Exactness allowed, Memory reversible, boolean disk) {
        UnitTimes times = UnitTimes.standard();
        PlanUnits units = PlanUnits.of(net);
        List<UnitShape> shapes = UnitShapes.of(net, units, batch);
        List<String> keys = IntStream.range(0, shapes.size())
                .mapToObj(i -> UnitTimes.key(
                        units.key(i), shapes.get(i).input(), shapes.get(i).mask()))
                .toList();
        List<Map<Answer, UnitFigures>> figures = new ArrayList<>();
        AnswerMeter meter = new AnswerMeter(units, type, allowed, disk, times);
        for (int i = 0; i < keys.size(); i++) {
            Map<Answer, UnitFigures> unit = new EnumMap<>(meter.figures(i, keys.get(i), shapes.get(i)));
            if (units.isBetweenStreams(i, i + 1)) {
                unit.replaceAll((answer, alone) -> alone.betweenStreams());
            }
            figures.add(unit);
        }
        List<ChainFigures> chains = new ChainMeter(units, type, shapes, keys, reversible, times).all(allowed, figures);
        times.save();
        return new NetworkFigures(units, figures, chains, RestFigures.of(units, figures, batch));
    }

    /** The same with other bytes beside units. */
    public NetworkFigures withRest(long bytes) {
        return new NetworkFigures(units, of, chains, new RestFigures(bytes, rest.seconds()));
    }

    /** As fast as each of some units can be. */
    double fastestSeconds(int from, int to) {
        return of.subList(from, to).stream().mapToDouble(UnitFigures::fastest).sum();
    }
}
