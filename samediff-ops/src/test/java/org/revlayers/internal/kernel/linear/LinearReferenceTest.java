package org.revlayers.internal.kernel.linear;

import static org.revlayers.internal.kernel.TestArrays.assertSame;
import static org.revlayers.internal.kernel.TestArrays.assertWithin;
import static org.revlayers.internal.kernel.TestArrays.blank;
import static org.revlayers.internal.kernel.TestArrays.floats;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The portable bias and column sums against ND4J's own arithmetic. */
class LinearReferenceTest {

    private final LinearKernels kernels = LinearKernels.portable();

    @Test
    void biasAndColumnSumsAreInverseRoles() {
        INDArray x = floats(1, 5, 7);
        INDArray bias = floats(2, 7);
        INDArray sums = blank(DataType.FLOAT, 7);
        INDArray expected = x.addRowVector(bias);
        kernels.columnSums(x, sums);
        assertWithin(x.castTo(DataType.DOUBLE).sum(0), sums, 1e-6, "column sums, rounded to fp32 once");
        kernels.addBias(x, bias);
        assertSame(expected, x, "x + bias");
    }
}
