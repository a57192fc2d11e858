package org.revlayers.internal.kernel.linear;

import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.global.dnnl;
import org.revlayers.internal.kernel.NativeElements;
import org.revlayers.internal.kernel.device.Product;

/** oneDNN 3, beside the older one inside ND4J. It takes rows one after the other: the transposed product. */
final class OneDnnGemm extends BlasGemm {

    private final dnnl_version_t version = dnnl.dnnl_version();

    @Override
    void multiply(Product product) {
        int status = dnnl.dnnl_sgemm(
                flag(product.second()),
                flag(product.first()),
                product.columns(),
                product.rows(),
                product.inner(),
                1,
                new NativeElements(product.second().array()),
                product.second().stride(),
                new NativeElements(product.first().array()),
                product.first().stride(),
                product.accumulate() ? 1 : 0,
                new NativeElements(product.out()),
                product.outStride());
        if (status != dnnl.dnnl_success) {
            throw new IllegalStateException("a product of matrices: oneDNN status " + status);
        }
    }

    private static byte flag(Product.Factor factor) {
        return (byte) (factor.transposed() ? 'T' : 'N');
    }

    @Override
    public String name() {
        return GemmLibrary.ONEDNN.word() + " " + version.major() + "." + version.minor() + "." + version.patch();
    }
}
