package org.revlayers.internal.kernel.channel;

import static org.revlayers.internal.kernel.Buffers.require;
import static org.revlayers.internal.kernel.Buffers.required;
import static org.revlayers.internal.kernel.Buffers.statistic;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Buffers;

/**
 * What {@link ChannelKernels} normalise with; every array has one number per channel.
 *
 * @param mean     of the values' type (FLOAT for HALF)
 * @param variance biased, as the mean
 * @param eps      added to the variance
 * @param gamma    of the values' type; or null for one
 * @param beta     as gamma; or null for zero
 * @param relu     whether negative values become zero
 */
public record ChannelNorm(INDArray mean, INDArray variance, double eps, INDArray gamma, INDArray beta, boolean relu) {

    /** Throws unless x has channels, and this has a number for each. */
    void check(INDArray x) {
        image(x);
        require(eps >= 0 && Double.isFinite(eps), "eps must be finite and not negative, not " + eps);
        DataType type = x.dataType();
        long channels = x.size(1);
        required("mean", mean, channels, statistic(type));
        required("variance", variance, channels, statistic(type));
        Buffers.match("gamma", gamma, channels, type);
        Buffers.match("beta", beta, channels, type);
    }

    /** Throws unless x has channels. */
    static void image(INDArray x) {
        Buffers.require(Buffers.contiguous("x", x).rank() >= 2, "x must be [mb, channels, ...]", x);
        Buffers.values("x", x);
    }

    /** Elements per channel of one example. */
    static long inner(INDArray x) {
        return x.length() / (x.size(0) * x.size(1));
    }
}
