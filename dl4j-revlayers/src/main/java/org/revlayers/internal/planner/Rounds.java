package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs several things in turn. Where times of all of them are known on this machine, they are run for their bytes alone.
 *
 * @param all    times that each is run
 * @param warmUp of these, the first ones, which do not count
 */
record Rounds(int all, int warmUp) {

    /**
     * What each takes.
     *
     * @param meters one by key, or one and three in a row of what is but a part of a layer
     * @param times  that are known, and get those that were not
     */
    Map<String, UnitFigures> of(Map<String, List<UnitMeter>> meters, UnitTimes times) {
        boolean known = meters.keySet().stream().allMatch(times::has);
        Map<String, List<UnitFigures>> runs = new HashMap<>();
        for (int round = 0; round < (known ? warmUp + 1 : all); round++) {
            for (Map.Entry<String, List<UnitMeter>> meter : meters.entrySet()) {
                UnitFigures figures = run(meter.getValue(), round == 0);
                if (round >= warmUp) {
                    runs.computeIfAbsent(meter.getKey(), k -> new ArrayList<>()).add(figures);
                }
            }
        }
        Map<String, UnitFigures> figures = new HashMap<>();
        runs.forEach((key, own) -> {
            UnitFigures typical = UnitFigures.typical(own);
            if (!known) {
                times.put(key, typical);
            }
            figures.put(key, times.timed(key, typical));
        });
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
}
