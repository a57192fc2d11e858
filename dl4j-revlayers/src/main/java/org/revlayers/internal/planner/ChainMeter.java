package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.internal.convert.PlanUnits;
import org.revlayers.keep.Memory;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/**
 * Measures the reversible chains that units can become. Of blocks that are alike in a row, three at most are run: with n of them, bytes are
 * f(n) = 2·f(n−1) − f(n−2), for each adds its side bits to the same peaks, and seconds are proportional to the number of blocks.
 */
final class ChainMeter {

    /** Times that a chain is run; the first warms up and finds the range of its streams. */
    private static final Rounds ROUNDS = new Rounds(4, 1);

    private static final int ALIKE = 3;

    private final PlanUnits units;
    private final DataType type;
    private final List<UnitShape> shapes;
    private final List<String> keys;
    private final Memory reversible;
    private final UnitTimes times;
    private final Map<List<String>, UnitFigures> known = new HashMap<>();

    /** @param keys the same for units that are alike, in shape too */
    ChainMeter(
            PlanUnits units,
            DataType type,
            List<UnitShape> shapes,
            List<String> keys,
            Memory reversible,
            UnitTimes times) {
        this.units = units;
        this.type = type;
        this.shapes = shapes;
        this.keys = keys;
        this.reversible = reversible;
        this.times = times;
    }

    /**
     * Of all units in a row that can be reversible. In a chain that is there the ends are not theirs: seconds are those of its sub-blocks.
     *
     * @param alone what each unit takes by itself
     */
    List<ChainFigures> all(Exactness allowed, List<Map<Answer, UnitFigures>> alone) {
        List<ChainFigures> all = new ArrayList<>();
        for (int from = 0; from < units.units().size(); from++) {
            for (int to = from + 2; to <= units.units().size(); to++) {
                Exactness exactness = units.reversible(from, to);
                if (exactness == null || !exactness.fits(allowed)) {
                    continue;
                }
                List<Integer> blocks = new ArrayList<>();
                for (int i = from; i < to; i++) {
                    blocks.add(i);
                }
                UnitFigures ends = figures(from, to, blocks);
                UnitFigures figures = units.isBetweenStreams(from, to) ? ends.betweenStreams() : ends;
                all.add(new ChainFigures(
                        from,
                        to,
                        exactness,
                        alone.get(from).containsKey(Answer.REVERSIBLE)
                                ? figures.timedAs(alone.subList(from, to), Answer.REVERSIBLE)
                                : figures));
            }
        }
        return all;
    }

    /** @param blocks those of the chain of units [from, to) that are there */
    private UnitFigures figures(int from, int to, List<Integer> blocks) {
        List<String> own = blocks.stream().map(keys::get).toList();
        UnitFigures figures = known.get(own);
        if (figures == null) {
            int alike = alike(own);
            figures = alike < 0 ? measured(from, to, blocks, own) : longer(from, to, blocks, alike);
            known.put(own, figures);
        }
        return figures;
    }

    /** The first of more than three that are alike, or -1. */
    private static int alike(List<String> own) {
        for (int i = 0; i + ALIKE < own.size(); i++) {
            if (own.subList(i, i + ALIKE + 1).stream().distinct().count() == 1) {
                return i;
            }
        }
        return -1;
    }

    private UnitFigures longer(int from, int to, List<Integer> blocks, int alike) {
        List<Integer> oneLess = new ArrayList<>(blocks);
        oneLess.remove(alike);
        List<Integer> twoLess = new ArrayList<>(oneLess);
        twoLess.remove(alike);
        UnitFigures one = figures(from, to, oneLess);
        return one.longer(figures(from, to, twoLess), (double) blocks.size() / oneLess.size());
    }

    private UnitFigures measured(int from, int to, List<Integer> blocks, List<String> own) {
        ReversibleChain chain = units.chain(from, to, reversible);
        int each = chain.getSubBlocks().size() / (to - from);
        for (int i = to - 1; i >= from; i--) {
            if (!blocks.contains(i)) {
                chain.getSubBlocks()
                        .subList((i - from) * each, (i - from + 1) * each)
                        .clear();
            }
        }
        try (UnitInputs inputs = new UnitInputs(type)) {
            UnitMeter meter = new UnitMeter(
                    chain,
                    inputs,
                    type,
                    units.units().get(from).first(),
                    units.units().get(to - 1).last(),
                    false,
                    shapes.get(from));
            String key = UnitTimes.key(own, type, chain.getSchedule().toString());
            return ROUNDS.of(Map.of(key, UnitMeter.of(List.of(meter))), times).get(key);
        }
    }
}
