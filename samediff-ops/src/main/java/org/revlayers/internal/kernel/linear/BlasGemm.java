package org.revlayers.internal.kernel.linear;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.NativeCall;
import org.revlayers.internal.kernel.device.Product;

/** A library with a BLAS-like product of fp32 matrices; what that does not take goes to ND4J's op. */
abstract class BlasGemm implements GemmProvider {

    private final GemmProvider rest = new Nd4jGemm();

    @Override
    public final void multiply(INDArray a, boolean ta, INDArray b, boolean tb, INDArray out, boolean accumulate) {
        Product product = Product.of(a, ta, b, tb, out, accumulate);
        if (product != null && product.isWithinInts()) {
            NativeCall.run(() -> multiply(product));
        } else {
            rest.multiply(a, ta, b, tb, out, accumulate);
        }
    }

    /** @param product whose sizes and strides are within 32 bits */
    abstract void multiply(Product product);
}
