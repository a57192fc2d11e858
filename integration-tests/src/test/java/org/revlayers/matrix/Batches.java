package org.revlayers.matrix;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.Sizes;

/** Inputs and labels that depend on nothing but their shapes. */
public final class Batches {

    private Batches() {}

    /** Values in [−1, 1] without a pattern. */
    public static INDArray wave(DataType type, long... shape) {
        long n = Sizes.elements(shape);
        double[] values = new double[(int) n];
        for (int i = 0; i < n; i++) {
            double s = Math.sin((i + 1) * 12.9898) * 43758.5453;
            values[i] = 2 * (s - Math.floor(s)) - 1;
        }
        return Nd4j.createFromArray(values).reshape('c', shape).castTo(type);
    }

    /** Class i % classes for row i. */
    public static INDArray classes(DataType type, long rows, long classes) {
        INDArray labels = Nd4j.zeros(type, rows, classes);
        for (long i = 0; i < rows; i++) {
            labels.putScalar(new long[] {i, i % classes}, 1);
        }
        return labels;
    }

    /** A class for every step, {@code [rows, classes, steps]}. */
    public static INDArray sequences(DataType type, long rows, long classes, long steps) {
        INDArray labels = Nd4j.zeros(type, rows, classes, steps);
        for (long i = 0; i < rows; i++) {
            for (long t = 0; t < steps; t++) {
                labels.putScalar(new long[] {i, (i + t) % classes, t}, 1);
            }
        }
        return labels;
    }

    /** Indices from 0 to below {@code n}. */
    public static INDArray indices(DataType type, long n, long... shape) {
        INDArray all = Nd4j.zeros(DataType.DOUBLE, shape);
        for (long i = 0; i < all.length(); i++) {
            all.putScalar(i, (7 * i + 3) % n);
        }
        return all.castTo(type);
    }
}
