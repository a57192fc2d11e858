package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Comparisons of arrays that say what differs. */
public final class Compare {

    private Compare() {}

    /** The elements in C order. */
    public static double[] values(INDArray array) {
        return array.dup('c').data().asDouble();
    }

    /** Same shape, same numbers; +0 and −0 differ. */
    public static void same(INDArray expected, INDArray actual, String what) {
        near(expected, actual, 0, what);
    }

    /** Same shape, numbers that differ by {@code tolerance} at most. */
    public static void near(INDArray expected, INDArray actual, double tolerance, String what) {
        assertArrayEquals(expected.shape(), actual.shape(), what + ": shapes");
        assertArrayEquals(values(expected), values(actual), tolerance, what);
    }

    /** Any number differs. */
    public static void different(INDArray a, INDArray b, String what) {
        assertFalse(Arrays.equals(values(a), values(b)), what);
    }

    /** The cosine of the angle between two arrays of one length. */
    public static double cosine(INDArray a, INDArray b) {
        double[] x = values(a);
        double[] y = values(b);
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            xy += x[i] * y[i];
            xx += x[i] * x[i];
            yy += y[i] * y[i];
        }
        return xy / Math.sqrt(xx * yy);
    }
}
