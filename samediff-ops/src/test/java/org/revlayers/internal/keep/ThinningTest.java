package org.revlayers.internal.keep;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;

class ThinningTest {

    private static final String NAME = "x";

    private static Kept begun() {
        Kept kept = new Kept();
        kept.begin();
        return kept;
    }

    private static INDArray restored(Thinning thinning, INDArray x, Kept kept) {
        thinning.keep(NAME, x, kept);
        INDArray out = Nd4j.createUninitialized(x.dataType(), x.shape());
        thinning.restore(NAME, kept, out);
        return out;
    }

    /** Eleven bits of the number, down to the smallest normal one, 2^−14. */
    @ParameterizedTest
    @CsvSource({"3, 7", "1, 64", "5, 3"})
    void halfIsRoundedToSixteenBits(int examples, int features) {
        INDArray x = Nd4j.rand(DataType.FLOAT, examples, features).subi(0.5).muli(100);
        x.putScalar(0, 0).putScalar(1, 1e-7);
        Kept kept = begun();
        INDArray out = restored(Thinning.half(), x, kept);
        for (long i = 0; i < x.length(); i++) {
            float value = x.getFloat(i);
            assertEquals(value, out.getFloat(i), Math.max(Math.abs(value), 0x1p-14) * 0x1p-11);
        }
        assertEquals(2L * examples * features, kept.bytes());
        Thinning.half().release(NAME, kept);
        assertEquals(0, kept.bytes());
    }

    @Test
    void halfEndsAtTheLargestNumberThatThereIs() {
        INDArray x = Nd4j.createFromArray(new float[][] {{1e6f, -1e6f, 65_504, 1}});
        assertEquals(
                Nd4j.createFromArray(new float[][] {{65_504, -65_504, 65_504, 1}}),
                restored(Thinning.half(), x, begun()));
    }

    /** A broken activation gives a broken gradient, not a plausible one. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE", "HALF"})
    void whatIsNoNumberStaysNone(DataType type) {
        double infinity = Double.POSITIVE_INFINITY;
        INDArray x = Nd4j.createFromArray(new double[][] {{infinity, -infinity, Double.NaN, 0}})
                .castTo(type);
        INDArray out = restored(Thinning.half(), x, begun());
        assertEquals(infinity, out.getDouble(0));
        assertEquals(-infinity, out.getDouble(1));
        assertEquals(Double.NaN, out.getDouble(2));
        assertEquals(0, out.getDouble(3));
    }

    /** With nothing dropped there is no bitmap and no mean: what is predicted is what is taken. */
    @ParameterizedTest
    @EnumSource(names = {"FP16", "BF16"})
    void keepsNoBitmapWhereNothingIsDropped(RazorValues values) {
        for (RazorFill fill : RazorFill.values()) {
            Thinning thinning = new Thinning(0, values, fill);
            Kept kept = begun();
            INDArray x = Nd4j.rand(DataType.FLOAT, 4, 64);
            INDArray out = restored(thinning, x, kept);
            assertEquals(0, out.sub(x).amaxNumber().doubleValue(), 1 / 128.0);
            assertEquals(4L * 64 * 2, kept.bytes());
            assertEquals(
                    thinning.predict(NAME, 64).stream()
                            .mapToLong(p -> p.bytes(4, Float.BYTES))
                            .sum(),
                    kept.bytes());
        }
    }
}
