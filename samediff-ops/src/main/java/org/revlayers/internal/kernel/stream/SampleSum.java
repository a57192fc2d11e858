package org.revlayers.internal.kernel.stream;

import static org.revlayers.internal.kernel.Buffers.require;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The arguments of a {@link StreamSum} for every sample, with coefficients of its own: out = (f + α·x) + β·y. Samples are along the first axis.
 *
 * @param f     the first term
 * @param alpha α by sample
 * @param x     null if all α are 0
 * @param beta  β by sample
 * @param y     null if all β are 0
 * @param out   may be f, x or y; the inputs may be one array
 */
public record SampleSum(INDArray f, double[] alpha, INDArray x, double[] beta, INDArray y, INDArray out) {

    /** Neighbouring samples with equal coefficients. */
    @FunctionalInterface
    interface Run {
        /** Samples [from, to). */
        void of(int from, int to, double alpha, double beta);
    }

    void check() {
        require(
                f != null && f.rank() > 0 && f.size(0) == alpha.length && alpha.length == beta.length,
                "alpha and beta must have a number for each sample, " + (f == null ? 0 : f.size(0)) + "; got "
                        + alpha.length + " and " + beta.length);
        new StreamSum(f, telling(alpha), x, telling(beta), y, out).check();
    }

    /** One that is not finite, or else not 0, if there is one: what a check has to see. */
    private static double telling(double... factors) {
        double told = 0;
        for (double factor : factors) {
            told = Double.isFinite(told) && factor != 0 ? factor : told;
        }
        return told;
    }

    /** Elements of a sample. */
    long each() {
        return f.length() / alpha.length;
    }

    void runs(Run use) {
        for (int from = 0, to; from < alpha.length; from = to) {
            to = from + 1;
            while (to < alpha.length && alpha[to] == alpha[from] && beta[to] == beta[from]) {
                to++;
            }
            use.of(from, to, alpha[from], beta[from]);
        }
    }

    /** The sum of some samples. */
    StreamSum part(int from, int to) {
        return new StreamSum(
                samples(f, from, to),
                alpha[from],
                samples(x, from, to),
                beta[from],
                samples(y, from, to),
                samples(out, from, to));
    }

    /** Samples [from, to) of an array, a view; null of null. */
    static INDArray samples(INDArray array, int from, int to) {
        return array == null || to - from == array.size(0) ? array : array.get(NDArrayIndex.interval(from, to));
    }
}
