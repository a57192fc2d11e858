package org.revlayers.internal.kernel.convolution;

import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Convolutions in fp32, images {@code [mb, h, w, channels]}, weights {@code [filters, channels, height, width]}, all in C order.
 *
 * <pre>
 *   out = W ∗ x + b        dx = Wᵀ ∗ dy        dW = Σ dy·x
 * </pre>
 *
 * <p>{@code room} gives an array of so many numbers for the length of a call: weights in the library's own order.
 */
public interface Convolutions {

    /**
     * Those of oneDNN 3, where {@code org.bytedeco:dnnl} is on the class path and loads, and {@code -Drevlayers.gemm} is not {@code nd4j}; else null, and ND4J's op, which
     * moves images to an order of its own and back, is as good as it gets.
     */
    static @Nullable Convolutions get() {
        return ConvolutionChoice.STANDARD;
    }

    /** @param bias one number a filter; null for none */
    void forward(
            ImageConvolution sizes,
            INDArray x,
            INDArray weight,
            @Nullable INDArray bias,
            INDArray out,
            LongFunction<INDArray> room);

    /** Writes dx. */
    void inputGradient(ImageConvolution sizes, INDArray dy, INDArray weight, INDArray dx, LongFunction<INDArray> room);

    /** Writes dW. */
    void weightGradient(ImageConvolution sizes, INDArray x, INDArray dy, INDArray dw, LongFunction<INDArray> room);
}
