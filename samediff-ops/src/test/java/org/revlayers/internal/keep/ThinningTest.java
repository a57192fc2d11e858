package org.revlayers.internal.keep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.memory.Arena;
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

    private static INDArray wide(long... shape) {
        Nd4j.getRandom().setSeed(4);
        INDArray x = Nd4j.randn(DataType.FLOAT, shape);
        for (long i = 0; i < x.length(); i += 97) {
            x.putScalar(i, x.getFloat(i) * 50);
        }
        return x;
    }

    /** How far each stored value may be from x, as {@link RazorValues} says; an int8 step's own rounding comes to 2⁻²² of the range. */
    private static double[] bounds(RazorValues values, INDArray x) {
        long m = x.size(1);
        double[] all = x.data().asDouble();
        double[] bounds = new double[all.length];
        for (int i = 0; i < all.length; i++) {
            long first = i - i % m;
            long from = first + i % m / 64 * 64;
            double[] group = Arrays.copyOfRange(all, (int) from, (int) Math.min(from + 64, first + m));
            double low = Arrays.stream(group).min().getAsDouble();
            double high = Arrays.stream(group).max().getAsDouble();
            bounds[i] = switch (values) {
                case FP16 -> Math.max(Math.abs(all[i]) * 0x1p-11, 0x1p-25);
                case BF16 -> Math.abs(all[i]) * 0x1p-8;
                case INT8 -> (high - low) / 510 + (high - low + Math.abs(low)) * 0x1p-22;
                case FULL -> 0;
            };
        }
        return bounds;
    }

    /** Also where an example is no whole number of groups. */
    @ParameterizedTest
    @CsvSource({"FP16, 128", "FP16, 75", "BF16, 128", "BF16, 75", "INT8, 128", "INT8, 75", "INT8, 3", "INT8, 1000"})
    void valuesErrByNoMoreThanIsSaid(RazorValues values, int features) {
        INDArray x = wide(5, features);
        INDArray out = restored(new Thinning(0, values, RazorFill.ZERO), x, begun());
        double[] bounds = bounds(values, x);
        double most = 0;
        for (int i = 0; i < bounds.length; i++) {
            double error = Math.abs((double) out.getFloat(i) - x.getFloat(i));
            assertTrue(error <= bounds[i], "element " + i + ", " + x.getFloat(i) + ", errs by " + error);
            most = Math.max(most, bounds[i] == 0 ? 0 : error / bounds[i]);
        }
        assertTrue(most > 0.5, "the bound is not far from what is so: " + most);
    }

    /** dW = xᵀ·dy errs by no more than the sum over rows of what x may and |dy|. */
    @ParameterizedTest
    @EnumSource(names = {"FP16", "BF16", "INT8"})
    void gradientsErrByNoMoreThanTheirValues(RazorValues values) {
        long examples = 4;
        long tokens = 6;
        long in = 40;
        INDArray x = wide(examples, tokens * in);
        INDArray dy = Nd4j.randn(DataType.FLOAT, examples * tokens, 9);
        Thinning thinning = new Thinning(0, values, RazorFill.ZERO);
        Kept kept = begun();
        thinning.keep(NAME, x, kept);
        INDArray dw = Nd4j.zeros(DataType.FLOAT, in, 9);
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            thinning.weightGradient(NAME, kept, examples, dy, dw, scratch);
        }
        INDArray rows = x.reshape(examples * tokens, in).castTo(DataType.DOUBLE);
        INDArray exact = rows.transpose().mmul(dy.castTo(DataType.DOUBLE));
        INDArray room = Nd4j.createFromArray(bounds(values, x)).reshape(examples * tokens, in);
        INDArray bound = room.transpose().mmul(Nd4j.math().abs(dy.castTo(DataType.DOUBLE)));
        INDArray beyond = Nd4j.math().abs(dw.castTo(DataType.DOUBLE).sub(exact)).sub(bound);
        assertTrue(beyond.maxNumber().doubleValue() <= 1e-4, () -> "beyond the bound by " + beyond.maxNumber());
    }

    /** One group of an example, and no other. */
    @Test
    void aGroupWithoutRangeIsNoNumber() {
        INDArray x = Nd4j.rand(DataType.FLOAT, 2, 128).putScalar(0, 70, Float.POSITIVE_INFINITY);
        INDArray out = restored(new Thinning(0, RazorValues.INT8, RazorFill.ZERO), x, begun());
        for (int i = 0; i < 256; i++) {
            assertEquals(i >= 64 && i < 128, Float.isNaN(out.getFloat(i)), "element " + i);
        }
    }

    /** With nothing dropped there is no bitmap and no mean: what is predicted is what is taken. */
    @ParameterizedTest
    @EnumSource(names = {"FP16", "BF16", "INT8"})
    void keepsNoBitmapWhereNothingIsDropped(RazorValues values) {
        for (RazorFill fill : RazorFill.values()) {
            Thinning thinning = new Thinning(0, values, fill);
            Kept kept = begun();
            INDArray x = Nd4j.rand(DataType.FLOAT, 4, 150);
            INDArray out = restored(thinning, x, kept);
            assertEquals(0, out.sub(x).amaxNumber().doubleValue(), 1 / 256.0);
            assertEquals(4L * (values == RazorValues.INT8 ? 150 + 3 * 8 : 150 * 2), kept.bytes());
            assertEquals(
                    thinning.predict(NAME, 150).stream()
                            .mapToLong(p -> p.bytes(4, Float.BYTES))
                            .sum(),
                    kept.bytes());
        }
    }
}
