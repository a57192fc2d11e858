package org.revlayers.internal.kernel.linear;

import static org.bytedeco.mkl.global.mkl_rt.CblasColMajor;
import static org.bytedeco.mkl.global.mkl_rt.CblasNoTrans;
import static org.bytedeco.mkl.global.mkl_rt.CblasTrans;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.mkl.global.mkl_rt;
import org.revlayers.internal.kernel.NativeElements;
import org.revlayers.internal.kernel.device.Product;

/** Intel's MKL: in the thread pool of the other kernels, and with the same bits wherever arrays lie. */
final class MklGemm extends BlasGemm {

    private final String version;

    /** Before anything else of MKL: what asks it for more than settings loads Intel's pool, without which it then ends the process. */
    MklGemm() {
        if (Loader.getPlatform().startsWith("linux") // where OpenMP's pool is GNU's for ND4J and our kernels
                && mkl_rt.MKL_Set_Threading_Layer(mkl_rt.MKL_THREADING_GNU) != mkl_rt.MKL_THREADING_GNU) {
            throw new UnsatisfiedLinkError("MKL runs in another thread pool in this process already");
        }
        mkl_rt.MKL_Set_Dynamic(0); // as many threads as the others, always: fewer give other bits
        mkl_rt.MKL_CBWR_Set(mkl_rt.MKL_CBWR_AUTO);
        version = version();
    }

    /** Of the classes that run, by reflection: the compiler would put in that of those it saw. */
    private static String version() {
        try {
            int version = mkl_rt.class.getField("INTEL_MKL_VERSION").getInt(null);
            return version / 10_000 + "." + version / 100 % 100;
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("not the MKL that is known", e);
        }
    }

    @Override
    void multiply(Product product) {
        mkl_rt.cblas_sgemm(
                CblasColMajor,
                flag(product.first()),
                flag(product.second()),
                (int) product.rows(),
                (int) product.columns(),
                (int) product.inner(),
                1,
                new NativeElements(product.first().array()),
                (int) product.first().stride(),
                new NativeElements(product.second().array()),
                (int) product.second().stride(),
                product.accumulate() ? 1 : 0,
                new NativeElements(product.out()),
                (int) product.outStride());
    }

    private static int flag(Product.Factor factor) {
        return factor.transposed() ? CblasTrans : CblasNoTrans;
    }

    @Override
    public String name() {
        return GemmLibrary.MKL.word() + " " + version;
    }
}
