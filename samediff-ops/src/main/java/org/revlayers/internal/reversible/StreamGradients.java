package org.revlayers.internal.reversible;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.stream.StreamKernels;
import org.revlayers.internal.kernel.stream.StreamSum;
import org.revlayers.reversible.Coefficients;

/** The gradients of the streams, in the network's type. */
public final class StreamGradients {

    private StreamGradients() {}

    /**
     * dxᵢ₋₁ = Jᵢᵀ·dxᵢ + α·dxᵢ + β·dyᵢ, that of x in front of a sub-block; dyᵢ₋₁ is dxᵢ as it is.
     *
     * @param du  Jᵢᵀ·dxᵢ, what comes through F
     * @param dx  of x behind it
     * @param dy  of y behind it, null for 0
     * @param out may be du or dy
     */
    public static void before(INDArray du, Coefficients c, INDArray dx, INDArray dy, INDArray out) {
        StreamKernels.get().sum(new StreamSum(du, c.alpha(), dx, dy == null ? 0 : c.beta(), dy, out));
    }

    /** dx₀ + β·dy₀, that of an input from which both streams begin; {@code out} may be dx. */
    public static void begin(INDArray dx, Coefficients first, INDArray dy, INDArray out) {
        StreamKernels.get().sum(new StreamSum(dx, 0, null, dy == null ? 0 : first.beta(), dy, out));
    }
}
