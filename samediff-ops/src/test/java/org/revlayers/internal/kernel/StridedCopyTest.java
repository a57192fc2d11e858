package org.revlayers.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.revlayers.internal.kernel.TestArrays.assertSame;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Against ND4J's assign, element for element. */
class StridedCopyTest {

    static Stream<Arguments> orders() {
        return Stream.of(
                        Arguments.of(new long[] {7}, new int[] {0}),
                        Arguments.of(new long[] {5, 9}, new int[] {1, 0}),
                        Arguments.of(new long[] {5, 1, 9}, new int[] {2, 1, 0}),
                        Arguments.of(new long[] {2, 3, 32, 40}, new int[] {0, 2, 3, 1}),
                        Arguments.of(new long[] {1, 40, 70, 30}, new int[] {0, 3, 1, 2}),
                        Arguments.of(new long[] {2, 3, 4, 5, 6}, new int[] {4, 2, 0, 1, 3}),
                        Arguments.of(new long[] {2, 3, 4, 16, 5, 16}, new int[] {0, 2, 4, 1, 3, 5}),
                        Arguments.of(new long[] {2, 3, 1, 2, 2, 3, 2}, new int[] {6, 0, 2, 4, 1, 3, 5}))
                .flatMap(order -> Stream.of(DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16)
                        .map(type -> Arguments.of(type, order.get()[0], order.get()[1])));
    }

    private static INDArray numbers(DataType type, long... shape) {
        long n = 1;
        for (long size : shape) {
            n *= size;
        }
        return Nd4j.arange(n).castTo(type).reshape('c', shape);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void thereAndBack(DataType type, long[] shape, int[] order) {
        INDArray from = numbers(type, shape);
        INDArray view = from.permute(order);
        INDArray expected = view.dup('c');
        INDArray to = Nd4j.createUninitialized(type, view.shape(), 'c').assign(-1);
        StridedCopy.copy(view, to);
        assertSame(expected, to, "into rows");
        INDArray back = Nd4j.createUninitialized(type, shape, 'c').assign(-1);
        StridedCopy.copy(to, back.permute(order));
        assertSame(from, back, "out of rows");
    }

    @Test
    void aPartOfAnArrayLeavesTheRest() {
        INDArray from = numbers(DataType.FLOAT, 4, 5, 6);
        INDArray to = Nd4j.valueArrayOf(new long[] {6, 7, 8}, -1.0, DataType.FLOAT);
        INDArray part = to.get(NDArrayIndex.interval(1, 5), NDArrayIndex.interval(2, 7), NDArrayIndex.interval(1, 7));
        StridedCopy.copy(from, part);
        assertSame(from, part.dup('c'), "the part");
        assertEquals(
                from.sumNumber().doubleValue() - (to.length() - from.length()),
                to.sumNumber().doubleValue(),
                "the rest");
    }

    @Test
    void otherShapesAreRefused() {
        INDArray to = Nd4j.zeros(DataType.FLOAT, 3, 2);
        assertThrows(IllegalArgumentException.class, () -> StridedCopy.copy(numbers(DataType.FLOAT, 2, 3), to));
        assertEquals(0, to.sumNumber().doubleValue());
    }
}
