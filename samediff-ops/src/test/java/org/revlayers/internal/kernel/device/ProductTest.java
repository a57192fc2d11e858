package org.revlayers.internal.kernel.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.kernel.TestArrays;

/** Products of matrices in every order, as BLAS takes them. */
class ProductTest {

    static Stream<Arguments> cases() {
        return Stream.of(new int[] {3, 4, 5}, new int[] {1, 4, 5}, new int[] {3, 1, 5}, new int[] {3, 4, 1}, new int[] {
                    1, 1, 1
                })
                .flatMap(sizes -> Stream.of(0, 1, 2, 3, 4, 5, 6, 7).map(bits -> Arguments.of(sizes, bits)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isThatOfNd4j(int[] sizes, int bits) {
        Device device = EmulatedDevice.orCurrent();
        for (char order : new char[] {'c', 'f'}) {
            for (boolean transposed : new boolean[] {false, true}) {
                for (boolean accumulate : new boolean[] {false, true}) {
                    INDArray a = matrix(1, sizes[0], sizes[1], (bits & 1) > 0, order);
                    INDArray b = matrix(2, sizes[1], sizes[2], (bits & 2) > 0, transposed ? 'f' : 'c');
                    INDArray whole = Nd4j.ones(DataType.FLOAT, sizes[0] + 2, sizes[2] + 3)
                            .dup((bits & 4) > 0 ? 'f' : 'c');
                    INDArray out =
                            whole.get(NDArrayIndex.interval(1, 1 + sizes[0]), NDArrayIndex.interval(2, 2 + sizes[2]));
                    INDArray left = (bits & 1) > 0 ? a.transpose() : a;
                    INDArray right = (bits & 2) > 0 ? b.transpose() : b;
                    INDArray expected = left.mmul(right).add(accumulate ? 1 : 0);
                    Product product = Product.of(a, (bits & 1) > 0, b, (bits & 2) > 0, out, accumulate);
                    assertNotNull(product);
                    device.multiply(product);
                    assertEquals(0, expected.sub(out).amaxNumber().doubleValue(), 1e-5);
                    double rest =
                            whole.sumNumber().doubleValue() - out.sumNumber().doubleValue();
                    assertEquals(whole.length() - out.length(), rest, 1e-3, "what lies around it");
                }
            }
        }
    }

    /** Of this size once transposed if so said. */
    private static INDArray matrix(int seed, int rows, int columns, boolean transposed, char order) {
        return TestArrays.floats(seed, transposed ? columns : rows, transposed ? rows : columns)
                .dup(order);
    }

    @Test
    void isNoneForWhatBlasDoesNotTake() {
        INDArray x = TestArrays.floats(1, 4, 6);
        INDArray gaps = x.get(NDArrayIndex.all(), NDArrayIndex.interval(0, 2, 6));
        assertNull(
                Product.of(gaps, false, TestArrays.floats(1, 3, 2), false, Nd4j.create(DataType.FLOAT, 4, 2), false));
        INDArray doubles = x.castTo(DataType.DOUBLE);
        assertNull(Product.of(doubles, false, doubles, true, Nd4j.create(DataType.DOUBLE, 4, 4), false));
        INDArray oneRowForAll = Nd4j.create(x.data(), new long[] {4, 6}, new long[] {0, 1}, 0, 'c', DataType.FLOAT);
        INDArray out = Nd4j.create(DataType.FLOAT, 4, 4);
        assertNotNull(Product.of(x, false, x, true, out, false));
        assertNull(Product.of(oneRowForAll, false, x, true, out, false));
        assertNull(Product.of(Nd4j.empty(DataType.FLOAT), false, x, true, out, false));
    }

    @Test
    void isNoneForWhatDoesNotFit() {
        INDArray x = TestArrays.floats(1, 4, 6);
        assertNull(Product.of(x, false, x, false, Nd4j.create(DataType.FLOAT, 4, 6), false), "terms");
        assertNull(Product.of(x, false, x, true, Nd4j.create(DataType.FLOAT, 4, 5), false), "columns");
        assertNull(Product.of(x, false, x, true, Nd4j.create(DataType.FLOAT, 5, 4), false), "rows");
    }
}
