package org.revlayers.internal.weights;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a vision transformer has beside its blocks. Matrices are {@code [in, out]}; arrays are FLOAT and detached.
 *
 * @param patchW     convolution kernel {@code [dim, channels, patch, patch]}
 * @param patchB     {@code [dim]}
 * @param classToken {@code [dim]}, or null if the model averages its tokens
 * @param positions  {@code [tokens, dim]}, the class token's first if there is one
 * @param finalGamma {@code [dim]}
 * @param finalBeta  {@code [dim]}
 * @param headW      {@code [dim, classes]}, or null if the file has no head
 * @param headB      {@code [classes]}, or null
 */
public record VitEmbeddings(
        INDArray patchW,
        INDArray patchB,
        INDArray classToken,
        INDArray positions,
        INDArray finalGamma,
        INDArray finalBeta,
        INDArray headW,
        INDArray headB) {

    public VitEmbeddings {
        long dim = patchB.length();
        VitBlockWeights.expect("patchW", patchW, dim, patchW.size(1), patchW.size(2), patchW.size(2));
        if (classToken != null) {
            VitBlockWeights.expect("classToken", classToken, dim);
        }
        VitBlockWeights.expect("positions", positions, positions.size(0), dim);
        VitBlockWeights.expect("finalGamma", finalGamma, dim);
        VitBlockWeights.expect("finalBeta", finalBeta, dim);
        if (headW != null) {
            VitBlockWeights.expect("headW", headW, dim, headB.length());
        }
    }

    /** Features per token. */
    public long dim() {
        return patchB.length();
    }

    /** Patch size in pixels. */
    public long patch() {
        return patchW.size(2);
    }
}
