package org.revlayers.internal.kernel.linear;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.kernel.device.Product;

/** Matrix products into arrays that are given: ND4J's {@code matmul} op; on a device its BLAS, without the wait and the copy that the op has there. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class Gemm {

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
        MMulTranspose transpose = MMulTranspose.builder()
                .transposeA(ta)
                .transposeB(tb)
                .transposeResult(false)
                .build();
        Nd4j.exec(new Mmul(a, b, out, 1.0, accumulate ? 1.0 : 0.0, transpose));
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
