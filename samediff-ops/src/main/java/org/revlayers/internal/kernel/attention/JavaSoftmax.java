package org.revlayers.internal.kernel.attention;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.Parallel;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.kernel.Values;

/** Softmax over the last axis in plain Java. */
final class JavaSoftmax {

    private JavaSoftmax() {}

    static void forward(INDArray x, INDArray y) {
        Values in = Values.of(x);
        Values out = Values.of(y);
        int cols = Sizes.exact("columns", Buffers.cols(x));
        Parallel.each(in.length() / cols, row -> {
            double[] s = in.load(row * cols, cols);
            row(s);
            out.store(row * cols, s);
        });
    }

    static void backward(INDArray y, INDArray dy, INDArray dx) {
        Values output = Values.of(y);
        Values gradient = Values.of(dy);
        Values out = Values.of(dx);
        int cols = Sizes.exact("columns", Buffers.cols(y));
        Parallel.each(output.length() / cols, row -> {
            double[] p = output.load(row * cols, cols);
            double[] g = gradient.load(row * cols, cols);
            double inner = 0;
            for (int i = 0; i < cols; i++) {
                inner += g[i] * p[i];
            }
            for (int i = 0; i < cols; i++) {
                p[i] *= g[i] - inner;
            }
            out.store(row * cols, p);
        });
    }

    /**
     * Turns scores into probabilities in place and gives log Σ exp of the scores. Scores of −∞ only, as a query that sees no key has, become
     * zeros, with 0 as the logarithm.
     */
    static double row(double[] s) {
        double max = Double.NEGATIVE_INFINITY;
        for (double score : s) {
            max = Math.max(max, score);
        }
        if (max == Double.NEGATIVE_INFINITY) {
            Arrays.fill(s, 0);
            return 0;
        }
        double sum = 0;
        for (int i = 0; i < s.length; i++) {
            s[i] = Math.exp(s[i] - max);
            sum += s[i];
        }
        for (int i = 0; i < s.length; i++) {
            s[i] /= sum;
        }
        return max + Math.log(sum);
    }
}
