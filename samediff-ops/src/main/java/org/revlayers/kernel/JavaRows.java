package org.revlayers.kernel;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The kernels over the last axis that are not norms: bias, column sums, softmax. Formulas: {@link Kernels}. */
public final class JavaRows {

    private JavaRows() {}

    public static void addBias(INDArray x, INDArray bias) {
        Values values = Values.of(x);
        Values added = Values.of(bias);
        long cols = added.length();
        Parallel.chunks(values.length(), (from, count) -> {
            for (long k = from; k < from + count; k++) {
                values.set(k, values.compute(values.get(k) + added.get(k % cols)));
            }
        });
    }

    public static void columnSums(INDArray x, INDArray out) {
        Values values = Values.of(x);
        int cols = Sizes.exact("columns", KernelArguments.cols(x));
        double[] sums = new double[cols];
        for (long from = 0; from < values.length(); from += cols) {
            for (int i = 0; i < cols; i++) {
                sums[i] += values.get(from + i);
            }
        }
        Values.of(out).store(0, sums);
    }

    public static void softmax(INDArray x, INDArray y) {
        Values in = Values.of(x);
        Values out = Values.of(y);
        int cols = Sizes.exact("columns", KernelArguments.cols(x));
        Parallel.each(in.length() / cols, row -> {
            double[] s = in.load(row * cols, cols);
            softmax(s);
            out.store(row * cols, s);
        });
    }

    public static void softmaxBackward(INDArray y, INDArray dy, INDArray dx) {
        Values output = Values.of(y);
        Values gradient = Values.of(dy);
        Values out = Values.of(dx);
        int cols = Sizes.exact("columns", KernelArguments.cols(y));
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
    public static double softmax(double[] s) {
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
