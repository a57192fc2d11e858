package org.revlayers.internal.kernel.channel;

import static org.revlayers.internal.kernel.Buffers.required;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Buffers;

/**
 * The arguments of a channel norm's backward, from x and the statistics; where the ReLU cut is computed again, in the same bits as in the
 * forward.
 *
 * <pre>
 *   g = dy where y &gt; 0, or dy      dBeta = Σ g,  dGamma = Σ g·z
 *   dx = gamma·rstd·(g − mean(g) − z·mean(g·z)), or gamma·rstd·g for constant statistics
 * </pre>
 *
 * @param x        {@code [mb, channels, ...]}
 * @param norm     as the forward had it
 * @param constant whether the statistics do not depend on x
 * @param dy       of x's shape
 * @param dx       may be dy, not x
 * @param dGamma   {@code [channels]}, or null
 * @param dBeta    {@code [channels]}, or null
 */
public record ChannelBackward(
        INDArray x, ChannelNorm norm, boolean constant, INDArray dy, INDArray dx, INDArray dGamma, INDArray dBeta) {

    void check() {
        norm.check(x);
        required("dy", dy, x.length(), x.dataType());
        required("dx", dx, x.length(), x.dataType());
        Buffers.apart("dx", dx, "x", x);
        Buffers.match("dGamma", dGamma, x.size(1), x.dataType());
        Buffers.match("dBeta", dBeta, x.size(1), x.dataType());
    }
}
