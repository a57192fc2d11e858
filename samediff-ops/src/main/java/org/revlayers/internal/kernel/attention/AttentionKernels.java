package org.revlayers.internal.kernel.attention;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Twins;

/** Attention and softmax. The rules of {@link org.revlayers.internal.kernel} hold. */
public interface AttentionKernels {

    /** The fastest implementation that runs on this machine, chosen once; {@code -Drevlayers.kernels=java} forces the portable one. */
    static AttentionKernels get() {
        return CheckedAttention.CHOSEN;
    }

    /** The kernels of this device, whatever this process runs; {@code host} does what it has none for. */
    static AttentionKernels on(Device device, AttentionKernels host) {
        return new CheckedAttention(Twins.of(new DeviceAttention(device, host)));
    }

    /** The portable implementation for every type: what the native one is compared with. */
    static AttentionKernels portable() {
        return new CheckedAttention(Twins.portable(AttentionKernels.class, new JavaAttention()));
    }

    /** Attention, tile by tile: the tokens × tokens probabilities are never kept unless they are asked for. See {@link AttentionForward}. */
    void forward(AttentionForward call);

    /** Exact backward of {@link #forward} from q, k, v, its output and one number per row: see {@link AttentionBackward}. */
    void backward(AttentionBackward call);

    /** y = softmax over the last axis. A row of −∞ only gives zeros. */
    void softmax(INDArray x, INDArray y);

    /** dx = y·(dy − Σ dy·y) per row. */
    void softmaxBackward(INDArray y, INDArray dy, INDArray dx);
}
