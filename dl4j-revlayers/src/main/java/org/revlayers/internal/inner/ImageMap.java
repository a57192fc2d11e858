package org.revlayers.internal.inner;

import org.nd4j.linalg.api.ndarray.INDArray;

/** How a convolution is computed, with any weight {@code [out, in, height, width]}. */
interface ImageMap {

    /** @param bias null for none */
    void forward(INDArray x, INDArray weight, INDArray bias, INDArray out);

    /**
     * All gradients.
     *
     * @param x  null if nobody wants dw
     * @param dw gradient of that weight; null if nobody wants it
     * @param db gradient of a bias; null if nobody wants it
     */
    void gradients(INDArray x, INDArray weight, INDArray dy, INDArray dx, INDArray dw, INDArray db);
}
