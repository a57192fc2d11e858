package org.revlayers.internal.planner.page;

import java.util.ArrayList;
import java.util.List;

/**
 * Where values are on an axis.
 *
 * @param from  value at its start
 * @param to    value at its end
 * @param start of it in the picture
 * @param end   of it
 */
record Scale(double from, double to, double start, double end) {

    private static final int MOST_TICKS = 7;
    private static final int BASE = 10;
    private static final double SLACK = 1e-9;
    private static final double[] NICE = {1, 2, 2.5, 5, 10};

    double at(double value) {
        return start + (value - from) / (to - from) * (end - start);
    }

    /** Round values on it, at most seven. */
    List<Double> ticks() {
        double step = step(to - from);
        List<Double> ticks = new ArrayList<>();
        for (long k = (long) Math.ceil(from / step - SLACK); k * step <= to + step * SLACK; k++) {
            ticks.add(k * step);
        }
        return ticks;
    }

    private static double step(double range) {
        double power = Math.pow(BASE, Math.floor(Math.log10(range / MOST_TICKS)));
        for (double nice : NICE) {
            if (range / (nice * power) <= MOST_TICKS) {
                return nice * power;
            }
        }
        return BASE * power;
    }
}
