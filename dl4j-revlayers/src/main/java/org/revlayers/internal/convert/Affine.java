package org.revlayers.internal.convert;

import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The gamma and beta of a normalisation, to be merged into the linear layers that read it, in double precision:
 *
 * <pre>(z·diag(gamma) + beta)·W + b = z·W' + b',   W'[j,:] = gamma_j·W[j,:],   b' = b + beta·W</pre>
 *
 * <p>Nothing is divided by: gammas of any sign and zero are merged as they are.
 *
 * @param gamma {@code [features]}, DOUBLE
 * @param beta  {@code [features]}, DOUBLE, or null for none
 */
record Affine(INDArray gamma, INDArray beta) {

    /** From a layer's parameters, under {@code prefix + "Gamma"} and {@code prefix + "Beta"}. */
    static Affine of(Map<String, INDArray> params, String prefix) {
        INDArray beta = params.get(prefix + "Beta");
        return new Affine(vector(params.get(prefix + "Gamma")), beta == null ? null : vector(beta));
    }

    /** Gamma one, no beta. */
    static Affine identity(long features) {
        return new Affine(Nd4j.ones(DataType.DOUBLE, features), null);
    }

    INDArray betaOrZero() {
        return beta == null ? gamma.like() : beta;
    }

    private static INDArray vector(INDArray array) {
        return array.castTo(DataType.DOUBLE).reshape(array.length());
    }

    /** Whether a reader needs a bias. */
    boolean shifts() {
        return beta != null && beta.amaxNumber().doubleValue() != 0;
    }

    /**
     * Replaces a linear layer's parameters by merged ones.
     *
     * @param params the new parameters, DOUBLE
     * @param weight name of {@code [features, out]}
     * @param bias   name of {@code out} values; there must be one if {@link #shifts}
     */
    void mergeInto(Map<String, INDArray> params, String weight, String bias) {
        INDArray w = params.get(weight);
        if (shifts()) {
            INDArray b = params.get(bias);
            INDArray shift = beta.reshape(1, beta.length()).mmul(w).reshape(b.shape());
            params.put(bias, b.add(shift));
        }
        params.put(weight, w.mulColumnVector(gamma.reshape(gamma.length(), 1)));
    }
}
