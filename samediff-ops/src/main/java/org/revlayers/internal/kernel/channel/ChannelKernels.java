package org.revlayers.internal.kernel.channel;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Twins;

/**
 * Normalisation per channel, with a ReLU behind it in the same pass, on arrays {@code [mb, channels, ...]}: what batch normalisation takes;
 * and the bias of a convolution. The rules of {@link org.revlayers.internal.kernel} hold.
 *
 * <pre>
 *   z = (x − mean)·rstd,  rstd = 1/√(variance + eps)        mean and (biased) variance per channel, over mb and the inner axes
 *   v = z·gamma + beta,   y = v or max(v, 0)
 * </pre>
 *
 * <p>Source: arXiv 1502.03167.
 */
public interface ChannelKernels {

    /** The fastest implementation that runs on this machine, chosen once; {@code -Drevlayers.kernels=java} forces the portable one. */
    static ChannelKernels get() {
        return CheckedChannels.CHOSEN;
    }

    /** The kernels of this device, whatever this process runs. */
    static ChannelKernels on(Device device) {
        return new CheckedChannels(Twins.of(new DeviceChannels(device)));
    }

    /** The portable implementation for every type: what the native one is compared with. */
    static ChannelKernels portable() {
        return new CheckedChannels(Twins.portable(ChannelKernels.class, new JavaChannels()));
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

    /** Backward of {@link #forward}, or of {@link #replay} if the statistics are constants: see {@link ChannelBackward}. */
    void backward(ChannelBackward call);

    /** x += bias of its channel, in place. */
    void addBias(INDArray x, INDArray bias);

    /** out = Σ x per channel: the gradient of such a bias. */
    void sums(INDArray x, INDArray out);
}
