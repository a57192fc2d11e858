package org.revlayers.internal.kernel.linear;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.kernel.device.Product;

/**
 * Matrix products into arrays that are given, by the library that {@code -Drevlayers.gemm} names or that is the fastest here; on a device by its BLAS, without the
 * wait and the copy that ND4J's op has there.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class Gemm {

    private static volatile GemmProvider chosen;

    /** out = a·b: the forward of a linear layer. */
    public static void multiply(INDArray a, INDArray b, INDArray out) {
        exec(a, false, b, false, out, false);
    }

    /** out += a·b. */
    public static void multiplyAdd(INDArray a, INDArray b, INDArray out) {
        exec(a, false, b, false, out, true);
    }

    /** out = dy·Wᵀ, or out += dy·Wᵀ: the gradient of a linear layer's input. */
    public static void inputGradient(INDArray dy, INDArray weight, INDArray out, boolean accumulate) {
        exec(dy, false, weight, true, out, accumulate);
    }

    /** out = xᵀ·dy, or out += xᵀ·dy: the gradient of a linear layer's weight, straight into the view that DL4J hands out. */
    public static void weightGradient(INDArray x, INDArray dy, INDArray out, boolean accumulate) {
        exec(x, true, dy, false, out, accumulate);
    }

    private static void exec(INDArray a, boolean ta, INDArray b, boolean tb, INDArray out, boolean accumulate) {
        Device device = Devices.current();
        Product product = device == null ? null : Product.of(a, ta, b, tb, out, accumulate);
        if (product != null) {
            device.multiply(product);
            return;
        }
        provider().multiply(a, ta, b, tb, out, accumulate);
    }

    /** Whether {@code -Drevlayers.gemm} names this one. */
    public static boolean isForced(GemmLibrary library) {
        return library.word().equals(System.getProperty(GemmChoice.PROPERTY));
    }

    /** What computes the products, in a few words; also while ND4J starts, when no device can be asked yet. */
    public static String name() {
        return Nd4j.getEnvironment().isCPU() ? provider().name() : "of the device";
    }

    /** Chosen at the first product, and for as long as the process runs. What is wrong with the choice is thrown at every product. */
    private static GemmProvider provider() {
        GemmProvider provider = chosen;
        return provider == null ? choose() : provider;
    }

    private static synchronized GemmProvider choose() {
        if (chosen == null) {
            chosen = Devices.current() == null ? GemmChoice.standard() : GemmLibrary.ND4J.open();
        }
        return chosen;
    }

    /** Any leading shape as rows of the last axis: a view. */
    public static INDArray rows(INDArray x) {
        return x.rank() == 2
                ? x
                : Buffers.isContiguous(x)
                        ? Buffers.shaped(x, x.length() / x.size(-1), x.size(-1))
                        : x.reshape('c', x.length() / x.size(-1), x.size(-1));
    }
}
