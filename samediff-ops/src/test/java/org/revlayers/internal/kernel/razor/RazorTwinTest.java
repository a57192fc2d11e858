package org.revlayers.internal.kernel.razor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.internal.kernel.TestArrays.assertBits;
import static org.revlayers.internal.kernel.TestArrays.atOffset;
import static org.revlayers.internal.kernel.TestArrays.blank;
import static org.revlayers.internal.kernel.TestArrays.bytes;
import static org.revlayers.internal.kernel.TestArrays.floats;
import static org.revlayers.internal.kernel.TestArrays.like;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.KernelTwin;
import org.revlayers.internal.kernel.NativeRuntime;
import org.revlayers.keep.RazorValues;

/** Native against portable storage of Back Razor: bit for bit, on every instruction set, with one thread, two and three. */
public class RazorTwinTest extends KernelTwin<RazorKernels> {

    RazorTwinTest() {
        super(RazorKernels.portable(), RazorKernels.get(), RazorKernels::on);
    }

    /** {batch, elements of a sample}: samples that begin anywhere in a byte, that a guess is made for, and that are cut into pieces. */
    private static final int[][] SHAPES = {
        {1, 1},
        {3, 1},
        {9, 3},
        {1, 8},
        {5, 13},
        {2, 64},
        {3, 197},
        {2, 1003},
        {4, 4095},
        {3, 5001},
        {2, 33_001},
        {3, 70_003}
    };

    private static final double[] RATIOS = {0, 0.5, 0.9, 0.97};

    @BeforeEach
    void nativeStorageIsPresent() {}

    public static Stream<int[]> shapes() {
        return Stream.of(SHAPES);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void normalNumbers(int[] shape) {
        INDArray x = floats(shape[1], shape[0], shape[1]);
        both("normal", x);
        both("in a view", atOffset(x));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void ties(int[] shape) {
        both("zeros", filled(shape, i -> 0f));
        both("constant", filled(shape, i -> i % 2 == 0 ? 2.5f : -2.5f));
        Random random = new Random(1);
        both("few levels", filled(shape, i -> (random.nextInt(7) - 3) / 2f));
        both("behind a ReLU", filled(shape, i -> Math.max(0f, (float) random.nextGaussian())));
        both("mostly zero", filled(shape, i -> random.nextInt(12) > 0 ? -0f : random.nextFloat()));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void awkwardNumbers(int[] shape) {
        Random random = new Random(2);
        float[] special = {
            Float.NaN,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            -0f,
            0f,
            Float.MIN_VALUE,
            -Float.MIN_VALUE,
            Float.MIN_NORMAL,
            Float.MAX_VALUE,
            -Float.MAX_VALUE,
            65504,
            -65505,
            65519.996f,
            65520,
            0x1p-14f,
            Math.nextDown(0x1p-14f),
            0x1.8p-24f,
            -0x1p-25f,
            0x1.002p0f,
            0x1.006p0f,
            0x1.01p0f,
            0x1.03p0f
        };
        both("special", filled(shape, i -> special[random.nextInt(special.length)]));
        both(
                "special among normal",
                filled(
                        shape,
                        i -> random.nextInt(50) == 0
                                ? special[random.nextInt(special.length)]
                                : (float) random.nextGaussian()));
        both("any bits", filled(shape, i -> quiet(random.nextInt())));
        both("denormal", filled(shape, i -> Float.intBitsToFloat(random.nextInt(1 << 11) | random.nextInt(2) << 31)));
        both("an ulp apart", filled(shape, i -> Float.intBitsToFloat(0x3F800000 + random.nextInt(5))));
        both("one prefix", filled(shape, i -> Float.intBitsToFloat(0x3F800000 + random.nextInt(1 << 16))));
        both("beyond fp32", filled(shape, i -> random.nextBoolean() ? Float.MAX_VALUE : -random.nextFloat()));
    }

    /** A signalling NaN turns into a quiet one on its way through Java. */
    private static float quiet(int bits) {
        float v = Float.intBitsToFloat(bits);
        return Float.isNaN(v) ? Float.NaN : v;
    }

    /** The numbers that the native kernels guess from, four of each of 1,024 stretches, are not like the others. */
    @Test
    void samplesThatMislead() {
        int[] shape = {3, 60_001};
        int stretch = shape[1] / 1024;
        boolean[] seen = new boolean[shape[1]];
        for (int i = 0; i < 1024; i++) {
            int from = (int) (i * stretch + Long.remainderUnsigned(mixed(i), stretch - 3));
            Arrays.fill(seen, from, from + 4, true);
        }
        Random random = new Random(1);
        both("small ones seen", filled(shape, i -> random.nextFloat() + (seen[i % shape[1]] ? 0 : 2)));
        both("large ones seen", filled(shape, i -> random.nextFloat() + (seen[i % shape[1]] ? 2 : 0)));
        both("zeros seen", filled(shape, i -> seen[i % shape[1]] ? 0 : i % 3 - 1));
        both("one number not seen", filled(shape, i -> seen[i % shape[1]] ? random.nextFloat() : 0.75f));
        both("too many near", filled(shape, i -> seen[i % shape[1]] ? random.nextFloat() : 0.9f - i % 100 * 1e-4f));
        both("one prefix", filled(shape, i -> seen[i % shape[1]] ? 7 : Float.intBitsToFloat(0x3F800000 + i % 60_000)));
        both("ascending", filled(shape, i -> i * 1e-3f));
    }

    /** The finaliser of SplitMix64. */
    private static long mixed(long z) {
        long a = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ a >>> 27) * 0x94D049BB133111EBL;
        return b ^ b >>> 31;
    }

    @FunctionalInterface
    private interface Fill {
        float at(int i);
    }

    private static INDArray filled(int[] shape, Fill fill) {
        float[] values = new float[shape[0] * shape[1]];
        for (int i = 0; i < values.length; i++) {
            values[i] = fill.at(i);
        }
        return Nd4j.createFromArray(values).reshape(shape[0], shape[1]);
    }

    private void both(String what, INDArray x) {
        boolean small = x.length() < 10_000;
        for (double ratio : small ? RATIOS : new double[] {0.9}) {
            for (RazorValues values : RazorValues.values()) {
                same(what, x, RazorLayout.of(ratio, values, x.shape()));
                if (small || values == RazorValues.INT8) {
                    same(what, x, RazorLayout.reference(ratio, values, x));
                }
            }
        }
    }

    private void same(String what, INDArray x, RazorLayout layout) {
        List<INDArray> expected = run(java, x, layout);
        for (int isa : instructionSets().toList()) {
            on(isa);
            for (int threads : isa == EMULATED || x.length() < 10_000 ? new int[] {2} : new int[] {1, 2, 3}) {
                NativeRuntime.setThreads(threads);
                List<INDArray> actual = run(fast, x, layout);
                for (int i = 0; i < expected.size(); i++) {
                    String where = what + ", " + layout + ", instruction set " + isa + ", threads " + threads;
                    assertBits(expected.get(i), actual.get(i), where + ", output " + i);
                }
            }
        }
    }

    private static List<INDArray> run(RazorKernels kernels, INDArray x, RazorLayout layout) {
        INDArray tau = blank(DataType.FLOAT, x.size(0));
        INDArray bitmap = bytes(layout.bitmapBytes());
        INDArray values = blank(layout.values().type(DataType.FLOAT), layout.valueCount());
        boolean ranged = layout.values() == RazorValues.INT8;
        INDArray ranges = ranged ? blank(DataType.FLOAT, layout.rangeCount()) : null;
        INDArray dense = like(x);
        kernels.thresholds(x, layout.rank(), tau);
        kernels.compress(x, new RazorArrays(layout, bitmap, values, ranges));
        kernels.decompress(new RazorArrays(layout, bitmap, values, ranges), dense);
        INDArray count = Nd4j.scalar(kernels.largestCount(x, layout.rank()));
        List<INDArray> outputs = new ArrayList<>(List.of(tau, bitmap, values, dense, count, ranged ? ranges : tau));
        if (layout.holdsAll()) {
            outputs.addAll(withoutBitmap(kernels, x, layout));
        }
        return outputs;
    }

    private static List<INDArray> withoutBitmap(RazorKernels kernels, INDArray x, RazorLayout layout) {
        INDArray values = blank(layout.values().type(DataType.FLOAT), layout.valueCount());
        boolean ranged = layout.values() == RazorValues.INT8;
        INDArray ranges = ranged ? blank(DataType.FLOAT, layout.rangeCount()) : null;
        INDArray dense = like(x);
        kernels.compress(x, new RazorArrays(layout, null, values, ranges));
        kernels.decompress(new RazorArrays(layout, null, values, ranges), dense);
        return List.of(values, dense, ranged ? ranges : values);
    }

    /** Finite numbers beyond ±65,504 are told of, whoever stores them, in a bitmap's slots and without; the largest halves and infinities are not. */
    @ParameterizedTest
    @MethodSource("instructionSets")
    void saturationIsTold(int isa) {
        on(isa);
        INDArray within =
                filled(new int[] {2, 100}, i -> i % 3 == 0 ? 65_504 : i % 3 == 1 ? Float.NEGATIVE_INFINITY : Float.NaN);
        INDArray beyond = floats(1, 2, 100).putScalar(1, 77, -65_505);
        for (RazorKernels kernels : List.of(java, fast)) {
            for (double prune : new double[] {0, 0.5}) {
                RazorLayout layout = RazorLayout.of(prune, RazorValues.FP16, 2, 100);
                Saturation.reset();
                stored(kernels, within, layout);
                assertFalse(Saturation.isTold(), layout.toString());
                stored(kernels, beyond, layout);
                assertTrue(Saturation.reset(), layout.toString());
                stored(kernels, beyond, RazorLayout.of(prune, RazorValues.BF16, 2, 100));
                assertFalse(Saturation.isTold(), "bf16 has room");
            }
        }
    }

    /** As often as it takes a device to look. */
    private static void stored(RazorKernels kernels, INDArray x, RazorLayout layout) {
        for (int i = 0; i < 64; i++) {
            INDArray bitmap = layout.room() == layout.perSample() ? null : bytes(layout.bitmapBytes());
            INDArray values = blank(layout.values().type(DataType.FLOAT), layout.valueCount());
            kernels.compress(x, new RazorArrays(layout, bitmap, values, null));
        }
    }

    /** The guess is a matter of speed: thresholds are those of sorting. */
    @ParameterizedTest
    @MethodSource("instructionSets")
    void thresholdsAreThoseOfSorting(int isa) {
        on(isa);
        INDArray x = floats(3, 2, 50_000);
        for (long k : new long[] {1, 2, 25_000, 45_000, 49_999, 50_000}) {
            INDArray tau = blank(DataType.FLOAT, 2);
            fast.thresholds(x, k, tau);
            for (int s = 0; s < 2; s++) {
                float[] sorted = Nd4j.math().abs(x.getRow(s)).dup().data().asFloat();
                Arrays.sort(sorted);
                assertEquals(sorted[(int) k - 1], tau.getFloat(s), "k = " + k);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("instructionSets")
    void whatDoesNotFitIsNamed(int isa) {
        on(isa);
        INDArray x = floats(1, 2, 40);
        RazorLayout tight = new RazorLayout(2, 40, 10, 5, RazorValues.FULL, RazorTies.FIRST);
        RazorLayout ties = new RazorLayout(2, 40, 10, 31, RazorValues.FULL, RazorTies.ALL);
        INDArray bits = bytes(10).assign(255);
        for (RazorKernels kernels : List.of(java, fast)) {
            bad(
                    "room for 5",
                    () -> kernels.compress(x, new RazorArrays(tight, bytes(10), blank(DataType.FLOAT, 10), null)));
            bad(
                    "room for 31",
                    () -> kernels.compress(
                            x.mul(0), new RazorArrays(ties, bytes(10), blank(DataType.FLOAT, 62), null)));
            bad(
                    "room for 5",
                    () -> kernels.decompress(new RazorArrays(tight, bits, blank(DataType.FLOAT, 10), null), like(x)));
            bad(
                    "ranges must be null",
                    () -> kernels.decompress(new RazorArrays(tight, bits, floats(1, 10), floats(1, 4)), like(x)));
            bad("x must not be null", () -> kernels.largestCount(null, 1));
            bad("k must be from 1 to the 40", () -> kernels.thresholds(x, 41, floats(1, 2)));
            bad("tau must have 2", () -> kernels.thresholds(x, 4, floats(1, 3)));
        }
    }

    private static void bad(String invariant, org.junit.jupiter.api.function.Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(invariant), message);
    }
}
