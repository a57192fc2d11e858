package org.revlayers.internal.kernel.linear;

import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J's {@code matmul} op: every type, order and rank; errors for what does not fit are its own. */
final class Nd4jGemm implements GemmProvider {

    @Override
    public void multiply(INDArray a, boolean ta, INDArray b, boolean tb, INDArray out, boolean accumulate) {
        MMulTranspose transpose = MMulTranspose.builder()
                .transposeA(ta)
                .transposeB(tb)
                .transposeResult(false)
                .build();
        Nd4j.exec(new Mmul(a, b, out, 1.0, accumulate ? 1.0 : 0.0, transpose));
    }

    @Override
    public String name() {
        return GemmLibrary.ND4J.word();
    }
}
