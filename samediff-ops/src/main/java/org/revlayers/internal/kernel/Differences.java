package org.revlayers.internal.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/** How far arrays are from each other. By hand, for ND4J's largest value passes over NaN. */
public final class Differences {

    private Differences() {}

    /** Largest |a − b|; NaN where one side alone gives no number, 0 where both give the same that is none. */
    public static double largest(INDArray a, INDArray b) {
        double[] left = a.dup('c').data().asDouble();
        double[] right = b.dup('c').data().asDouble();
        double largest = 0;
        for (int i = 0; i < left.length; i++) {
            double difference = Double.compare(left[i], right[i]) == 0 ? 0 : Math.abs(left[i] - right[i]);
            if (Double.isNaN(difference)) {
                return difference;
            }
            largest = Math.max(largest, difference);
        }
        return largest;
    }

    /** Largest |value|; not finite where one is not. */
    public static double largest(INDArray a) {
        double largest = 0;
        for (double value : a.dup('c').data().asDouble()) {
            if (!Double.isFinite(value)) {
                return value;
            }
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }
}
