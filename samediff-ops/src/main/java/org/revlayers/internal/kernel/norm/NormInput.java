package org.revlayers.internal.kernel.norm;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a normalisation reads: s = x + bias + residual, summed in the same pass.
 *
 * @param x        {@code [rows, cols]} (any leading shape)
 * @param bias     {@code [cols]}, or null
 * @param residual of x's shape, or null
 * @param sum      where s is written, or null; may be {@code x} or {@code residual}
 */
public record NormInput(INDArray x, INDArray bias, INDArray residual, INDArray sum) {

    /** Just x. */
    public static NormInput of(INDArray x) {
        return new NormInput(x, null, null, null);
    }
}
