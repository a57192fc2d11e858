package org.revlayers.internal.kernel.pooling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.kernel.KernelTwin;
import org.revlayers.internal.kernel.pooling.Windows.Axis;

class PoolingTwinTest extends KernelTwin<PoolingKernels> {

    PoolingTwinTest() {
        super(PoolingKernels.portable(), PoolingKernels.get(), (device, host) -> host);
    }

    /** Overlapping, apart, with gaps, padded before and behind, of single pixels and of all; with and without channels beside each other. */
    static Stream<Windows> windows() {
        List<Axis> axes = List.of(
                new Axis(7, 4, 3, 2, 1),
                new Axis(6, 3, 2, 2, 0),
                new Axis(5, 5, 3, 1, 1),
                new Axis(9, 3, 2, 4, 1),
                new Axis(4, 1, 4, 1, 0),
                new Axis(1, 1, 1, 1, 0),
                new Axis(17, 2, 16, 1, 0),
                new Axis(40, 20, 3, 2, 1));
        return axes.stream().flatMap(rows -> Stream.of(rows, axes.get(0))
                .flatMap(columns -> Stream.of(1, 3, 64, 100).map(inner -> new Windows(5, inner, rows, columns))));
    }

    static Stream<Arguments> cases() {
        return instructionSets().flatMap(isa -> windows().map(each -> Arguments.of(isa, each)));
    }

    /** Few different numbers, so that many are equal. */
    private static INDArray numbers(DataType type, long length, int seed) {
        Random random = new Random(seed);
        double[] values = new double[(int) length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (random.nextInt(9) - 4) / 3.0 * (i % 7 == 0 ? -0.0 : 1);
        }
        return Nd4j.createFromArray(values).castTo(type);
    }

    private List<INDArray> pool(PoolingKernels kernels, Windows windows, INDArray x) {
        INDArray y = Nd4j.create(x.dataType(), windows.maxima());
        INDArray places = Nd4j.create(DataType.UINT8, windows.maxima());
        kernels.max(windows, x, y, places);
        INDArray dx = Nd4j.valueArrayOf(new long[] {windows.elements()}, 5.0, x.dataType());
        kernels.maxBackward(windows, numbers(x.dataType(), windows.maxima(), 2).addi(0.1), places, dx);
        return List.of(y, places, dx);
    }

    private static void assertSame(List<INDArray> expected, List<INDArray> actual) {
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(
                    expected.get(i).data().asDouble(), actual.get(i).data().asDouble(), "output " + i);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void sameBits(int isa, Windows windows) {
        on(isa);
        INDArray x = numbers(DataType.FLOAT, windows.elements(), 1);
        both(kernels -> pool(kernels, windows, x), PoolingTwinTest::assertSame);
        INDArray y = Nd4j.create(DataType.FLOAT, windows.maxima());
        fast.max(windows, x, y, null);
        assertEquals(pool(java, windows, x).get(0), y);
    }

    /** What a gradient sums to does not depend on where it goes. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE", "HALF"})
    void everyTypeGivesItsGradientToOnePixelEach(DataType type) {
        Windows windows = new Windows(2, 3, new Axis(7, 4, 3, 2, 1), new Axis(6, 3, 2, 2, 0));
        List<INDArray> results = pool(fast, windows, numbers(type, windows.elements(), 3));
        double given = numbers(type, windows.maxima(), 2).addi(0.1).sumNumber().doubleValue();
        assertEquals(given, results.get(2).sumNumber().doubleValue(), type == DataType.FLOAT16 ? 0.1 : 1e-4);
    }

    @ParameterizedTest
    @MethodSource("instructionSets")
    void notANumberIsTheLargest(int isa) {
        on(isa);
        Windows windows = new Windows(1, 1, new Axis(1, 1, 1, 1, 0), new Axis(4, 2, 3, 1, 0));
        INDArray x = Nd4j.createFromArray(1f, Float.NaN, Float.POSITIVE_INFINITY, 2f);
        INDArray y = Nd4j.create(DataType.FLOAT, 2);
        fast.max(windows, x, y, null);
        assertTrue(Float.isNaN(y.getFloat(0)) && Float.isNaN(y.getFloat(1)));
        java.max(windows, x, y, null);
        assertTrue(Float.isNaN(y.getFloat(0)) && Float.isNaN(y.getFloat(1)));
        Windows beside = new Windows(1, 2, windows.rows(), windows.columns());
        INDArray two = Nd4j.createFromArray(1f, 1f, Float.NaN, 5f, 3f, 2f, 2f, 9f);
        INDArray maxima = Nd4j.create(DataType.FLOAT, 4);
        fast.max(beside, two, maxima, null);
        assertArrayEquals(
                new double[] {Double.NaN, 5, Double.NaN, 9}, maxima.data().asDouble());
    }

    /** Of a buffer that begins before them. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void viewsAreAsGood(DataType type) {
        Windows windows = new Windows(2, 3, new Axis(7, 4, 3, 2, 1), new Axis(6, 3, 2, 2, 0));
        INDArray x = numbers(type, windows.elements(), 3);
        INDArray dy = numbers(type, windows.maxima(), 2);
        INDArray all = Nd4j.create(DataType.UINT8, windows.maxima() + 5);
        INDArray places = all.get(NDArrayIndex.interval(5, windows.maxima() + 5));
        INDArray y = Nd4j.create(type, windows.maxima());
        INDArray dx = Nd4j.create(type, windows.elements());
        fast.max(windows, x, y, places);
        fast.maxBackward(windows, dy, places, dx);
        assertEquals(
                0,
                all.get(NDArrayIndex.interval(0, 5))
                        .castTo(DataType.INT32)
                        .sumNumber()
                        .intValue());
        assertEquals(
                pool(fast, windows, x).get(1).castTo(DataType.INT32),
                places.castTo(DataType.INT32).dup());
        assertEquals(dy.sumNumber().doubleValue(), dx.sumNumber().doubleValue(), 1e-4);
    }

    @Test
    void windowsOfPaddingAloneAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Axis(4, 2, 3, 2, 3));
        assertThrows(IllegalArgumentException.class, () -> new Axis(4, 4, 2, 2, 1));
        Axis long17 = new Axis(17, 1, 17, 1, 0);
        assertThrows(IllegalArgumentException.class, () -> new Windows(1, 1, long17, long17));
    }
}
