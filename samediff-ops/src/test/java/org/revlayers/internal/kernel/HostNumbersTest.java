package org.revlayers.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Views of one buffer, as gradients are. */
class HostNumbersTest {

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE", "HALF"})
    void numbersOfAViewStayWhereAnOpWritesBesideIt(DataType type) {
        INDArray all = Nd4j.create(type, 1, 7);
        INDArray view = all.get(NDArrayIndex.all(), NDArrayIndex.interval(2, 5));
        HostNumbers.write(new double[] {1, -0.5, 0.1}, view);
        all.get(NDArrayIndex.all(), NDArrayIndex.interval(5, 7)).assign(9);
        double tenth = type == DataType.DOUBLE ? 0.1 : type == DataType.FLOAT ? 0.1f : 0.0999755859375;
        assertArrayEquals(new double[] {1, -0.5, tenth}, HostNumbers.of(view));
        assertEquals(18.6, all.sumNumber().doubleValue(), 1e-2);
        view.addi(1);
        assertEquals(2, HostNumbers.of(view)[0]);
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE", "HALF"})
    void nothingStandsForAConstant(DataType type) {
        assertArrayEquals(new double[] {1, 1}, HostNumbers.of(null, 2, 1));
        assertArrayEquals(new double[] {0.5}, HostNumbers.of(Nd4j.valueArrayOf(new long[] {1}, 0.5, type), 1, 1));
    }
}
