package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.revlayers.internal.kernel.device.Devices;

/**
 * Runs several things in turn. Where times of all of them are known on this machine, they are run for their bytes alone. Of what takes long, as in a large
 * batch, one round warms up and one counts: long runs differ little, and a plan should not take longer than the training.
 *
 * @param all    times that each is run
 * @param warmUp of these, the first ones, which do not count
 */
record Rounds(int all, int warmUp) {

    /** Nanoseconds of a round that need no other one beside it. */
    private static final long LONG = 10_000_000_000L;

    /** One of several things. */
    @FunctionalInterface
    interface Run {

        /** @param begins whether it is the first time */
        UnitFigures once(boolean begins);
    }

    /**
     * What each takes.
     *
     * @param meters by key
     * @param times  that are known, and get those that were not
     */
    Map<String, UnitFigures> of(Map<String, ? extends Run> meters, UnitTimes times) {
        boolean known = meters.keySet().stream().allMatch(times::has);
        Map<String, List<UnitFigures>> runs = new HashMap<>();
        int first = warmUp;
        int last = known ? warmUp : all - 1;
        for (int round = 0; round <= last; round++) {
            long start = Devices.nanoTime();
            for (Map.Entry<String, ? extends Run> meter : meters.entrySet()) {
                UnitFigures figures = meter.getValue().once(round == 0);
                if (round >= first) {
                    runs.computeIfAbsent(meter.getKey(), k -> new ArrayList<>()).add(figures);
                }
            }
            if (Devices.nanoTime() - start > LONG) {
                first = Math.min(first, 1);
                last = Math.min(last, Math.max(round, first));
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
}
