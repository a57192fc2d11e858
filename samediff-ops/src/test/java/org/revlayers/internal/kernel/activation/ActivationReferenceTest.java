package org.revlayers.internal.kernel.activation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.internal.kernel.TestArrays.array;
import static org.revlayers.internal.kernel.TestArrays.assertSame;
import static org.revlayers.internal.kernel.TestArrays.assertWithin;
import static org.revlayers.internal.kernel.TestArrays.atOffset;
import static org.revlayers.internal.kernel.TestArrays.bytes;
import static org.revlayers.internal.kernel.TestArrays.doubles;
import static org.revlayers.internal.kernel.TestArrays.floats;
import static org.revlayers.internal.kernel.TestArrays.like;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.Tolerances;
import org.revlayers.function.Curve;
import org.revlayers.internal.kernel.HalfFloat;
import org.revlayers.internal.kernel.TestArrays;
import org.revlayers.internal.kernel.Values;

/** The portable elementwise kernels against known digits, the definition of the codes, and differences. */
class ActivationReferenceTest {

    private final ActivationKernels kernels = ActivationKernels.portable();

    /** Values of h and h' computed with 40 digits. */
    @ParameterizedTest
    @CsvSource({
        "GELU, -12, -2.1317785344932147972e-32, -2.5578956616748956241e-31",
        "GELU, -3, -0.00404969409489028358, -0.011945647204183927",
        "GELU, 0.25, 0.14967658142073093106, 0.69537335488363602598",
        "GELU, 4, 3.9998733150326675203, 1.0005036496612264215",
        "GELU_TANH, -3, -0.0036373920817730188378, -0.011584166630969726204",
        "GELU_TANH, 0.25, 0.14967535070168500023, 0.69535409515106042949",
        "GELU_TANH, 4, 3.9999297540518076273, 1.0003351231971226708",
        "SILU, -12, -0.000073730095226576613907, -0.000067585467613783386077",
        "SILU, -3, -0.14227761953270034264, -0.088104106015169617069",
        "SILU, 0.25, 0.14054412522144952601, 0.62371002157019769092",
        "SILU, 4, 3.9280551601516337679, 1.0526646148910729077"
    })
    void matchesKnownDigits(Curve curve, double x, double value, double derivative) {
        INDArray in = array(DataType.DOUBLE, x);
        INDArray y = like(in);
        INDArray dx = like(in);
        kernels.forward(ActivationForward.of(curve, in, y));
        kernels.backward(curve, in, array(DataType.DOUBLE, 1), dx);
        // The exponentials' arguments are rounded before they are magnified: up to 16 for tanh-GELU here.
        double relative = 10 * Tolerances.DOUBLE_FUNCTION;
        assertEquals(value, y.getDouble(0), relative * Math.abs(value));
        assertEquals(derivative, dx.getDouble(0), relative * Math.abs(derivative));
    }

    @ParameterizedTest
    @CsvSource({
        "-37, 5.7255712225245768227e-300",
        "-20, 2.7536241186062336951e-89",
        "-8, 6.2209605742717841235e-16",
        "-5.5, 1.8989562465887719384e-8",
        "-1, 0.15865525393145705141",
        "-0.001, 0.49960105778608893741",
        "0, 0.5",
        "0.5, 0.69146246127401310364",
        "3, 0.99865010196836990547",
        "7, 0.99999999999872018746"
    })
    void normalDistributionKeepsItsRelativeAccuracy(double u, double expected) {
        assertEquals(expected, Gaussian.cumulative(u), Tolerances.DOUBLE_FUNCTION * expected);
    }

    @ParameterizedTest
    @EnumSource(Curve.class)
    void hingesMeetTheirConstraints(Curve curve) {
        double[] a = curve.getSlopes();
        double[] c = curve.getKnots();
        assertEquals(1, a[0] + a[1] + a[2], 1e-15);
        assertEquals(0, a[0] * c[0] + a[1] * c[1] + a[2] * c[2], 1e-15);
        assertEquals(0, curve.level(0));
        assertEquals(a[0], curve.level(1));
        assertEquals(a[0] + a[1], curve.level(2), 1e-15);
        assertEquals(1, curve.level(3));
    }

    @ParameterizedTest
    @EnumSource(Curve.class)
    void comparesStrictlyWithTheKnots(Curve curve) {
        double[] c = curve.getKnots();
        for (int i = 0; i < 3; i++) {
            assertCodes(curve, DataType.DOUBLE, new int[] {i, i + 1, i}, c[i], Math.nextUp(c[i]), Math.nextDown(c[i]));
            float f = (float) c[i];
            assertCodes(curve, DataType.FLOAT, new int[] {i, i + 1, i}, f, Math.nextUp(f), Math.nextDown(f));
            assertCodes(curve, DataType.FLOAT16, new int[] {i, i + 1}, c[i] - 0.01, c[i] + 0.01);
        }
        double inf = Double.POSITIVE_INFINITY;
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16}) {
            assertCodes(curve, type, new int[] {0, 3, 0, 2, 2}, Double.NaN, inf, -inf, 0, -0.0);
        }
    }

    private void assertCodes(Curve curve, DataType type, int[] codes, double... x) {
        INDArray in = array(type, x);
        INDArray code = bytes(Curve.codeBytes(x.length));
        kernels.forward(ActivationForward.of(curve, in, like(in)).withCode(code));
        for (int k = 0; k < x.length; k++) {
            int found = code.getInt(k / 4) >> 2 * (k % 4) & 3;
            assertEquals(codes[k], found, curve + " " + type + " code of " + in.getDouble(k));
        }
        if (x.length % 4 != 0) {
            assertEquals(0, code.getInt(x.length / 4) >> 2 * (x.length % 4), "unused bits");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 8, 9, 5000})
    void backwardFromCodesIsTheLevelOfEachElement(int n) {
        INDArray x = doubles(n, n).mul(4);
        INDArray dy = doubles(n + 1, n);
        INDArray code = bytes((n + 3) / 4);
        INDArray dx = like(dy);
        kernels.forward(ActivationForward.of(Curve.SILU, x, like(x)).withCode(code));
        kernels.codeBackward(Curve.SILU, code, dy, dx);
        double[] c = Curve.SILU.getKnots();
        for (int k = 0; k < n; k++) {
            double u = x.getDouble(k);
            int level = u > c[2] ? 3 : u > c[1] ? 2 : u > c[0] ? 1 : 0;
            assertEquals(dy.getDouble(k) * Curve.SILU.level(level), dx.getDouble(k), "element " + k);
        }
    }

    @ParameterizedTest
    @EnumSource(Curve.class)
    void derivativeAgreesWithDifferences(Curve curve) {
        INDArray x = doubles(1, 50).mul(3);
        INDArray dy = doubles(2, 50);
        INDArray dx = like(x);
        kernels.backward(curve, x, dy, dx);
        TestArrays.assertGradient(
                at -> {
                    INDArray y = like(at);
                    kernels.forward(ActivationForward.of(curve, at, y));
                    return y.mul(dy).sumNumber().doubleValue();
                },
                x,
                dx,
                curve + " derivative");
    }

    @ParameterizedTest
    @EnumSource(Curve.class)
    void derivativeHasItsLimitsAtInfinity(Curve curve) {
        INDArray x = array(DataType.FLOAT, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 3e38, -3e38);
        INDArray dx = like(x);
        kernels.backward(curve, x, array(DataType.FLOAT, 2, 2, 2, 2), dx);
        assertSame(array(DataType.FLOAT, 2, 0, 2, 0), dx, curve + " derivative");
    }

    @Test
    void biasIsAddedInTheArraysPrecisionAndKept() {
        INDArray x = floats(1, 5, 7);
        INDArray bias = floats(2, 7);
        INDArray pre = like(x);
        INDArray y = like(x);
        kernels.forward(ActivationForward.of(Curve.GELU, x, y).withBias(bias).withPre(pre));
        INDArray inPlace = x.dup('c');
        kernels.forward(ActivationForward.of(Curve.GELU, inPlace, like(x))
                .withBias(bias)
                .withPre(inPlace));
        assertSame(x.addRowVector(bias), pre, "x + bias");
        assertSame(pre, inPlace, "x + bias in place");
        INDArray fromPre = like(x);
        kernels.forward(ActivationForward.of(Curve.GELU, pre, fromPre));
        assertSame(fromPre, y, "h(x + bias)");
    }

    @Test
    void viewsGiveWhatCopiesGive() {
        INDArray x = floats(3, 4, 9);
        INDArray expected = like(x);
        INDArray actual = atOffset(like(x));
        kernels.forward(ActivationForward.of(Curve.SILU, x, expected));
        kernels.forward(ActivationForward.of(Curve.SILU, atOffset(x), actual));
        assertSame(expected, actual, "SiLU of a view");
    }

    @Test
    void halfIsRoundedOnce() {
        INDArray x = TestArrays.random(DataType.FLOAT16, 4, 300);
        INDArray y = like(x);
        INDArray exact = like(x.castTo(DataType.DOUBLE));
        kernels.forward(ActivationForward.of(Curve.GELU, x, y));
        kernels.forward(ActivationForward.of(Curve.GELU, x.castTo(DataType.DOUBLE), exact));
        for (int k = 0; k < x.length(); k++) {
            double e = exact.getDouble(k);
            assertEquals(e, y.getDouble(k), Tolerances.HALF_ROUNDING * Math.max(Math.abs(e), 0x1p-14));
        }
    }

    @Test
    void halfBitsAreThoseOfNd4j() {
        for (int bits = 0; bits < 0x7c00; bits++) {
            double value = HalfFloat.toDouble((short) bits);
            assertEquals(bits, HalfFloat.toBits(value));
            assertEquals((short) (bits | 0x8000), HalfFloat.toBits(-value));
            double next = HalfFloat.toDouble((short) (bits + 1));
            if (bits < 0x7bff) {
                assertEquals(bits + (bits & 1), HalfFloat.toBits((value + next) / 2), "a tie goes to the even one");
            }
        }
        INDArray half =
                array(DataType.FLOAT, 65504, 1e-7, -0.1, 65520, Double.NaN).castTo(DataType.FLOAT16);
        for (int i = 0; i < half.length(); i++) {
            assertEquals(half.getDouble(i), Values.of(half).get(i));
        }
        assertEquals(Double.POSITIVE_INFINITY, HalfFloat.toDouble(HalfFloat.toBits(65520)));
        assertTrue(Double.isNaN(HalfFloat.toDouble(HalfFloat.toBits(Double.NaN))));
    }

    @Test
    void reluKeepsOneBitPerElement() {
        INDArray x = floats(5, 11, 45, 77);
        INDArray mask = bytes(4765);
        INDArray y = like(x);
        INDArray dx = like(x);
        kernels.relu(x, y, mask);
        kernels.maskBackward(mask, 0.5, x, dx);
        assertSame(Transforms.relu(x), y, "relu");
        assertWithin(y.mul(0.5), dx, 0, "relu backward");
        assertEquals(0, mask.getInt(4764) >> 11 * 45 * 77 % 8, "unused bits");
    }
}
