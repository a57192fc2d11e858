package org.revlayers.internal.kernel.linear;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Who computes products of matrices in host memory. */
public interface GemmProvider {

    /** out = a·b or out += a·b, the factors transposed if so said. */
    void multiply(INDArray a, boolean ta, INDArray b, boolean tb, INDArray out, boolean accumulate);

    /** Its word for {@code -Drevlayers.gemm}, and its version if it has one of its own. */
    String name();
}
