package org.revlayers.kernel.channel;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.KernelChoice;
import org.revlayers.kernel.Kernels;

/**
 * Normalisation per channel, with a ReLU behind it in the same pass, on arrays {@code [mb, channels, ...]}: what batch normalisation takes;
 * and the bias of a convolution. The rules of {@link Kernels} hold: contiguous arrays, FLOAT in C++ and other types in Java, sums in a fixed order.
 *
 * <pre>
 *   z = (x − mean)·rstd,  rstd = 1/√(variance + eps)        mean and (biased) variance per channel, over mb and the inner axes
 *   v = z·gamma + beta,   y = v or max(v, 0)
 * </pre>
 *
 * <p>Backward reads x and the statistics; where the ReLU cut is computed again, in the same bits as in the forward.
 *
 * <p>Source: arXiv 1502.03167.
 */
public interface ChannelKernels {

    /** The implementation that goes with {@link Kernels#get()}. */
    static ChannelKernels get() {
        return KernelChoice.checked(KernelChoice.CHANNELS);
    }

    /**
     * Normalises with the statistics of this batch.
     *
     * @param norm its mean and variance are written
     * @param y    of x's shape; may be x
     */
    void forward(INDArray x, ChannelNorm norm, INDArray y);

    /** Normalises with given statistics, such as running ones: bit for bit what {@link #forward} gave with the same. */
    void replay(INDArray x, ChannelNorm norm, INDArray y);

    /**
     * Backward of {@link #forward}, or of {@link #replay} if the statistics are constants.
     *
     * <pre>
     *   g = dy where y &gt; 0, or dy      dBeta = Σ g,  dGamma = Σ g·z
     *   dx = gamma·rstd·(g − mean(g) − z·mean(g·z)), or gamma·rstd·g for constant statistics
     * </pre>
     *
     * @param constant whether the statistics do not depend on x
     * @param dx       may be dy, not x
     * @param dGamma   {@code [channels]}, or null
     * @param dBeta    {@code [channels]}, or null
     */
    void backward(
            INDArray x, ChannelNorm norm, boolean constant, INDArray dy, INDArray dx, INDArray dGamma, INDArray dBeta);

    /** x += bias of its channel, in place. */
    void addBias(INDArray x, INDArray bias);

    /** out = Σ x per channel: the gradient of such a bias. */
    void sums(INDArray x, INDArray out);

    /** dx = dy where y &gt; 0, else 0: the backward of a ReLU from its output. dx may be dy or y. */
    void reluBackward(INDArray y, INDArray dy, INDArray dx);
}
