package org.revlayers.benchmarks;

import java.util.Arrays;

/** Measurements of one quantity, one per round. */
final class Samples {

    private final double[] values;
    private int count;

    Samples(int rounds) {
        values = new double[rounds];
    }

    void add(double value) {
        values[count++] = value;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** The value below which lies this part of the samples: 0.5 for the median. */
    double quantile(double part) {
        double[] sorted = Arrays.copyOf(values, count);
        Arrays.sort(sorted);
        double place = part * (count - 1);
        int below = (int) place;
        int above = Math.min(below + 1, count - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    double median() {
        return quantile(0.5);
    }
}
