package org.revlayers.internal.kernel.pooling;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Max pooling that keeps where each maximum was, one byte for each, and not the input. The rules of {@link org.revlayers.internal.kernel} hold.
 *
 * <pre>
 *   y = max over the pixels of a window, those of the padding left out        place = row in the window · width of the window + column
 *   dx = Σ dy of the windows that had their maximum there
 * </pre>
 *
 * <p>Of equal numbers the first in the order of rows, then columns, is the maximum; a NaN is larger than any number.
 */
public interface PoolingKernels {

    /** The fastest implementation that runs on this machine, chosen once; {@code -Drevlayers.kernels=java} forces the portable one. */
    static PoolingKernels get() {
        return CheckedPooling.CHOSEN;
    }

    /** The portable implementation for every type: what the native one is compared with. */
    static PoolingKernels portable() {
        return CheckedPooling.PORTABLE;
    }

    /**
     * The maxima.
     *
     * @param x      the images, as {@code windows} has them
     * @param y      receives a maximum for each window
     * @param places receives where it is, UINT8; or null
     */
    void max(Windows windows, INDArray x, INDArray y, INDArray places);

    /** The gradient: overwrites dx, of the images' shape, with what {@link #max}'s places give. */
    void maxBackward(Windows windows, INDArray dy, INDArray places, INDArray dx);
}
