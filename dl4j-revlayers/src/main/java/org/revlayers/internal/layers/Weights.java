package org.revlayers.internal.layers;

import java.util.Map;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.linear.LinearKernels;

/**
 * The parameters and gradient views that a piece of maths works on, by short names under a common prefix.
 *
 * @param prefix    put before every name
 * @param parameter finds a parameter by its full name, null if there is none
 * @param gradients the views that gradients are written to, by full name; null if nobody wants gradients
 */
public record Weights(String prefix, Function<String, INDArray> parameter, Map<String, INDArray> gradients) {

    /** No parameters at all. */
    public static final Weights NONE = new Weights("", name -> null, null);

    public INDArray get(String name) {
        return parameter.apply(prefix + name);
    }

    public INDArray gradient(String name) {
        return gradients == null ? null : gradients.get(prefix + name);
    }

    /** Writes Σ rows as the gradient of a bias, if somebody wants it. */
    void biasGradient(String name, INDArray rows) {
        if (gradient(name) != null) {
            LinearKernels.get().columnSums(rows, gradient(name));
        }
    }

    public Weights under(String more) {
        return new Weights(prefix + more, parameter, gradients);
    }
}
