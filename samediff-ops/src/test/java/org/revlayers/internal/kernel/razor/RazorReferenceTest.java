package org.revlayers.internal.kernel.razor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Thinned;
import org.revlayers.keep.RazorValues;

/** Back Razor's storage against its definition: sort, threshold, mask. */
class RazorReferenceTest {

    private static final RazorKernels KERNELS = RazorKernels.get();

    /** What is stored for one activation. */
    private record Stored(RazorLayout layout, INDArray bitmap, INDArray values, INDArray ranges) {

        static Stored of(INDArray x, RazorLayout layout) {
            INDArray ranges = layout.rangeCount() == 0 ? null : Nd4j.create(DataType.FLOAT, layout.rangeCount());
            Stored stored = new Stored(
                    layout,
                    Nd4j.create(DataType.UINT8, layout.bitmapBytes()),
                    Nd4j.create(layout.values().type(x.dataType()), layout.valueCount()),
                    ranges);
            KERNELS.compress(x, new RazorArrays(layout, stored.bitmap, stored.values, ranges));
            return stored;
        }

        long bits() {
            long bits = 0;
            for (int i = 0; i < bitmap.length(); i++) {
                bits += Integer.bitCount(bitmap.getInt(i));
            }
            return bits;
        }

        INDArray dense(INDArray like) {
            INDArray out = Nd4j.valueArrayOf(like.shape(), 7.0, like.dataType());
            KERNELS.decompress(new RazorArrays(layout, bitmap, values, ranges), out);
            return out;
        }
    }

    private static INDArray thinned(INDArray x, double prune, RazorValues values) {
        return Stored.of(x, RazorLayout.of(prune, values, x.shape())).dense(x);
    }

    private static void assertSame(INDArray expected, INDArray actual) {
        assertArrayEquals(expected.dup('c').data().asDouble(), actual.data().asDouble());
    }

    @ParameterizedTest
    @CsvSource({"1,1,0.9", "1,7,0.5", "3,13,0.8", "2,1000,0.9", "5,333,0", "4,64,0.97", "2,40000,0.9", "3,8,0.999"})
    void keepsTheLargestOfEverySample(int batch, int m, double prune) {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16}) {
            Nd4j.getRandom().setSeed(5);
            INDArray x = Nd4j.randn(DataType.DOUBLE, batch, m).castTo(type);
            assertSame(Thinned.of(x, prune), thinned(x, prune, RazorValues.FULL));
        }
    }

    @Test
    void scalingOneSampleLeavesTheOthersAlone() {
        INDArray x = Nd4j.randn(DataType.FLOAT, 3, 50);
        INDArray before = thinned(x, 0.8, RazorValues.FULL);
        x.getRow(1).muli(1e3);
        INDArray after = thinned(x, 0.8, RazorValues.FULL);
        assertSame(before.getRow(0), after.getRow(0).dup());
        assertSame(before.getRow(2), after.getRow(2).dup());
    }

    @Test
    void tiesAreBrokenByPositionAndZerosAreNeverKept() {
        INDArray constant = Nd4j.ones(DataType.FLOAT, 2, 10);
        INDArray kept = thinned(constant, 0.7, RazorValues.FULL);
        assertEquals(8, kept.sumNumber().intValue(), "10 - 7 + 1 of each sample");
        assertEquals(
                4,
                kept.getRow(1)
                        .get(org.nd4j.linalg.indexing.NDArrayIndex.interval(0, 4))
                        .sumNumber()
                        .intValue());
        INDArray zeros = Nd4j.zeros(DataType.FLOAT, 2, 10);
        Stored stored = Stored.of(zeros, RazorLayout.of(0.7, RazorValues.FULL, 2, 10));
        assertEquals(0, stored.bits());
        INDArray relu = Nd4j.createFromArray(new float[][] {{0, 0, 3, 0, 0, 0, 0, -1, 0, 0}});
        assertSame(relu, thinned(relu, 0.5, RazorValues.FULL));
    }

    @Test
    void theReferencesRuleKeepsAllTiesAndAllZeros() {
        INDArray relu = Nd4j.createFromArray(new float[][] {{0, 0, 3, 0, 0, 0, 0, -1, 0, 0}});
        RazorLayout layout = RazorLayout.reference(0.5, RazorValues.FULL, relu);
        assertEquals(10, layout.room());
        Stored stored = Stored.of(relu, layout);
        assertSame(relu, stored.dense(relu));
        assertEquals(10, stored.bits());
    }

    @Test
    void countAndBytesAreThoseOfTheLayout() {
        INDArray x = Nd4j.randn(DataType.FLOAT, 3, 1003);
        RazorLayout layout = RazorLayout.of(0.9, RazorValues.FP16, x.shape());
        Stored stored = Stored.of(x, layout);
        assertEquals(3 * (1003 - 902 + 1), stored.bits());
        assertEquals((3 * 1003 + 7) / 8 + 3 * 102 * 2, layout.bytes(DataType.FLOAT));
        assertEquals(
                layout.bytes(DataType.FLOAT),
                stored.bitmap.length()
                        + stored.values.length() * stored.values.dataType().width());
    }

    @ParameterizedTest
    @EnumSource(RazorValues.class)
    void valuesComeBackAsCloseAsTheirType(RazorValues values) {
        Nd4j.getRandom().setSeed(3);
        INDArray x = Nd4j.randn(DataType.FLOAT, 2, 6000);
        INDArray exact = thinned(x, 0.7, RazorValues.FULL);
        INDArray stored = thinned(x, 0.7, values);
        double largest = exact.amaxNumber().doubleValue();
        double bound =
                switch (values) {
                    case FULL -> 0;
                    case FP16 -> largest * 0x1p-11;
                    case BF16 -> largest * 0x1p-8;
                    case INT8 -> largest / 255 * 1.0001; // half a step of 2·largest/255
                };
        for (long i = 0; i < x.length(); i++) {
            assertEquals(exact.getDouble(i), stored.getDouble(i), bound);
            if (exact.getDouble(i) == 0) {
                assertEquals(0, stored.getDouble(i));
            }
        }
    }

    @Test
    void infinitiesAndNanAreKept() {
        INDArray x = Nd4j.randn(DataType.FLOAT, 1, 40);
        x.putScalar(5, Float.NaN);
        x.putScalar(6, Float.NEGATIVE_INFINITY);
        for (RazorValues values : RazorValues.values()) {
            INDArray kept = thinned(x, 0.9, values);
            assertTrue(Double.isNaN(kept.getDouble(5)), values.label());
            assertEquals(
                    values == RazorValues.INT8 ? Double.NaN : Double.NEGATIVE_INFINITY,
                    kept.getDouble(6),
                    values.label());
        }
        INDArray large = Nd4j.createFromArray(new float[][] {{1e30f, -1e30f}});
        assertSame(Nd4j.createFromArray(new float[][] {{65504, -65504}}), thinned(large, 0, RazorValues.FP16));
    }

    @Test
    void badRatiosAndArraysAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> RazorLayout.of(1, RazorValues.FULL, 2, 3));
        assertThrows(IllegalArgumentException.class, () -> RazorLayout.of(Double.NaN, RazorValues.FULL, 2, 3));
        INDArray x = Nd4j.randn(DataType.FLOAT, 2, 8);
        RazorLayout layout = RazorLayout.of(0.5, RazorValues.FP16, 2, 8);
        assertThrows(
                IllegalArgumentException.class,
                () -> KERNELS.compress(
                        x,
                        new RazorArrays(
                                layout, Nd4j.create(DataType.UINT8, 1), Nd4j.create(DataType.FLOAT16, 10), null)));
        assertThrows(
                IllegalArgumentException.class,
                () -> KERNELS.compress(
                        x,
                        new RazorArrays(
                                layout, Nd4j.create(DataType.UINT8, 2), Nd4j.create(DataType.FLOAT, 10), null)));
    }
}
