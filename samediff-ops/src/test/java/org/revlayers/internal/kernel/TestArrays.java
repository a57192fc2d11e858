package org.revlayers.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.nd4j.common.util.ArrayUtil;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.Tolerances;
import org.revlayers.function.Curve;

/** Arrays to test kernels with, and comparisons that say where two arrays differ. */
public final class TestArrays {

    private TestArrays() {}

    public static INDArray array(DataType type, double... values) {
        return Nd4j.createFromArray(values).castTo(type);
    }

    /** Standard normal numbers. */
    public static INDArray random(DataType type, int seed, long... shape) {
        Random random = new Random(seed);
        double[] values = new double[(int) ArrayUtil.prodLong(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextGaussian();
        }
        return array(type, values).reshape(shape);
    }

    public static INDArray floats(int seed, long... shape) {
        return random(DataType.FLOAT, seed, shape);
    }

    public static INDArray doubles(int seed, long... shape) {
        return random(DataType.DOUBLE, seed, shape);
    }

    public static INDArray integers(int... values) {
        return Nd4j.createFromArray(values);
    }

    /** Evenly distributed from −most to most. */
    public static INDArray randomIntegers(int seed, int most, int length) {
        return integers(new Random(seed)
                .longs(length, -(long) most, most + 1L)
                .mapToInt(i -> (int) i)
                .toArray());
    }

    /** An array full of a number that no kernel leaves behind, so that an element nobody writes is seen. */
    public static INDArray blank(DataType type, long... shape) {
        return Nd4j.create(type, shape).assign(77);
    }

    public static INDArray like(INDArray array) {
        return blank(array.dataType(), array.shape());
    }

    public static INDArray bytes(long length) {
        return Nd4j.create(DataType.UINT8, length).assign(0xAA);
    }

    /** The same numbers in a view that begins three elements into its buffer. */
    public static INDArray atOffset(INDArray array) {
        INDArray room = Nd4j.create(array.dataType(), array.length() + 3);
        INDArray view = room.get(NDArrayIndex.interval(3, room.length())).reshape(array.shape());
        return view.assign(array);
    }

    /** {@code count} fp32 numbers: first all the awkward ones that fit, then normal ones with deviation 4. */
    public static INDArray adversarial(Curve curve, int count) {
        float[] special = {
            Float.NaN,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            0f,
            -0f,
            Float.MIN_VALUE,
            -Float.MIN_VALUE,
            Float.MIN_NORMAL,
            -Float.MIN_NORMAL,
            Float.MAX_VALUE,
            -Float.MAX_VALUE,
            20f,
            -20f,
            -13f,
            -90f,
            1e-20f
        };
        float[] values = floats(count, count).mul(4).data().asFloat();
        double[] knots = curve.getKnots();
        for (int i = 0; i < Math.min(count, special.length + 3 * knots.length); i++) {
            int knot = i - special.length;
            // From the end, so that the vector tails meet them; small arrays get the first ones.
            values[count - 1 - i] = knot < 0 ? special[i] : beside((float) knots[knot / 3], knot % 3);
        }
        return Nd4j.createFromArray(values);
    }

    private static float beside(float knot, int place) {
        return place == 0 ? knot : place == 1 ? Math.nextUp(knot) : Math.nextDown(knot);
    }

    /** Equal numbers, NaN for NaN; zeros of either sign are equal. */
    public static void assertSame(INDArray expected, INDArray actual, String what) {
        assertWithin(expected, actual, 0, what);
    }

    /** Equal bits, zeros of either sign being different and NaN being NaN. */
    public static void assertBits(INDArray expected, INDArray actual, String what) {
        assertEquals(expected.dataType(), actual.dataType(), what);
        if (expected.dataType() == DataType.FLOAT) {
            assertArrayEquals(
                    expected.dup('c').data().asFloat(), actual.dup('c').data().asFloat(), what);
        } else if (expected.dataType().isIntType()) {
            assertArrayEquals(
                    expected.dup('c').data().asLong(), actual.dup('c').data().asLong(), what);
        } else {
            assertArrayEquals(
                    expected.dup('c').data().asDouble(), actual.dup('c').data().asDouble(), what);
        }
    }

    /** Within {@code difference}, absolute; NaN for NaN, infinity for infinity. */
    public static void assertWithin(INDArray expected, INDArray actual, double difference, String what) {
        compare(expected, actual, e -> difference, what);
    }

    /** Within {@code ulps} fp32 ulps of the expected number, or of {@code floor} where that is larger. */
    public static void assertUlps(INDArray expected, INDArray actual, int ulps, double floor, String what) {
        compare(expected, actual, e -> ulps * (double) Math.ulp((float) Math.max(Math.abs(e), floor)), what);
    }

    private static void compare(INDArray expected, INDArray actual, ToDoubleFunction<Double> allowed, String what) {
        assertEquals(expected.length(), actual.length(), what);
        double[] e = expected.castTo(DataType.DOUBLE).dup('c').data().asDouble();
        double[] a = actual.castTo(DataType.DOUBLE).dup('c').data().asDouble();
        for (int i = 0; i < e.length; i++) {
            boolean equal = e[i] == a[i] || Double.isNaN(e[i]) && Double.isNaN(a[i]);
            if (!equal && !(Math.abs(e[i] - a[i]) <= allowed.applyAsDouble(e[i]))) {
                fail(what + ": element " + i + " of " + e.length + " is " + a[i] + ", expected " + e[i] + " within "
                        + allowed.applyAsDouble(e[i]));
            }
        }
    }

    /** Checks {@code gradient} of {@code loss} with respect to each element of {@code x} by central differences in double. */
    public static void assertGradient(ToDoubleFunction<INDArray> loss, INDArray x, INDArray gradient, String what) {
        INDArray numeric = Nd4j.create(DataType.DOUBLE, x.length());
        INDArray moved = x.dup('c');
        for (long i = 0; i < x.length(); i++) {
            double at = x.getDouble(i);
            moved.putScalar(i, at + Tolerances.DIFFERENCE_STEP);
            double up = loss.applyAsDouble(moved);
            moved.putScalar(i, at - Tolerances.DIFFERENCE_STEP);
            double down = loss.applyAsDouble(moved);
            moved.putScalar(i, at);
            numeric.putScalar(i, (up - down) / (2 * Tolerances.DIFFERENCE_STEP));
        }
        double scale = Math.max(1, numeric.amaxNumber().doubleValue());
        assertWithin(numeric, gradient, Tolerances.DIFFERENCES * scale, what);
    }
}
