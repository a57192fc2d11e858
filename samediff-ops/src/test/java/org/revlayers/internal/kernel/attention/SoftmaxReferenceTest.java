package org.revlayers.internal.kernel.attention;

import static org.revlayers.internal.kernel.TestArrays.array;
import static org.revlayers.internal.kernel.TestArrays.assertGradient;
import static org.revlayers.internal.kernel.TestArrays.assertSame;
import static org.revlayers.internal.kernel.TestArrays.assertWithin;
import static org.revlayers.internal.kernel.TestArrays.doubles;
import static org.revlayers.internal.kernel.TestArrays.like;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.Tolerances;

/** The portable softmax against ND4J's own arithmetic and against differences. */
class SoftmaxReferenceTest {

    private static final int ROWS = 6;
    private static final int COLS = 11;

    private final AttentionKernels kernels = AttentionKernels.portable();

    @Test
    void softmaxIsTheFormulaAndItsGradient() {
        INDArray x = doubles(1, ROWS, COLS).mul(3);
        INDArray dy = doubles(2, ROWS, COLS);
        INDArray y = like(x);
        INDArray dx = like(x);
        kernels.softmax(x, y);
        kernels.softmaxBackward(y, dy, dx);
        INDArray e = Transforms.exp(x);
        assertWithin(e.divColumnVector(e.sum(true, 1)), y, Tolerances.DOUBLE_SUM, "softmax");
        assertGradient(
                at -> {
                    INDArray out = like(at);
                    kernels.softmax(at, out);
                    return out.mul(dy).sumNumber().doubleValue();
                },
                x,
                dx,
                "softmax gradient");
    }

    @Test
    void softmaxOfHiddenRowsIsZeroAndLargeScoresDoNotOverflow() {
        double inf = Double.POSITIVE_INFINITY;
        INDArray x = array(DataType.FLOAT, -inf, -inf, 1000, 1000, -inf, 5, Double.NaN, -inf)
                .reshape(4, 2);
        INDArray y = like(x);
        kernels.softmax(x, y);
        double nan = Double.NaN;
        assertSame(array(DataType.FLOAT, 0, 0, 0.5, 0.5, 0, 1, nan, nan), y, "softmax");
    }
}
