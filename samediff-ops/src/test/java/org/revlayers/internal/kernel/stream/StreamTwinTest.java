package org.revlayers.internal.kernel.stream;

import static org.revlayers.internal.kernel.TestArrays.assertBits;
import static org.revlayers.internal.kernel.TestArrays.atOffset;
import static org.revlayers.internal.kernel.TestArrays.blank;
import static org.revlayers.internal.kernel.TestArrays.bytes;
import static org.revlayers.internal.kernel.TestArrays.floats;
import static org.revlayers.internal.kernel.TestArrays.integers;
import static org.revlayers.internal.kernel.TestArrays.like;
import static org.revlayers.internal.kernel.TestArrays.randomIntegers;

import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.kernel.KernelTwin;
import org.revlayers.internal.kernel.NativeRuntime;

/** Native against portable streams: bit for bit, on every instruction set, at odd sizes and offsets, with one thread and with two. */
class StreamTwinTest extends KernelTwin<StreamKernels> {

    StreamTwinTest() {
        super(StreamKernels.portable(), StreamKernels.get(), StreamKernels::on);
    }

    private static final int S = 20;
    private static final int LIMIT = Integer.MAX_VALUE;

    /** {a, b, q}. */
    private static final int[][] FACTORS = {
        {1, 1, 1},
        {0, 1, 1},
        {0, 0, 1},
        {2, 1, 2},
        {-3, 3, 4},
        {8, 1, 8},
        {7, 3, 8},
        {64, 1, 16},
        {-64, 5, 16},
        {5, 16, 16}
    };

    @ParameterizedTest
    @MethodSource("instructionSets")
    void startsAndValues(int isa) {
        on(isa);
        for (int n : SIZES) {
            for (INDArray x : List.of(awkward(n), floats(n, n), atOffset(awkward(n)))) {
                both("start of " + n, k -> {
                    INDArray from = blank(DataType.INT32, n);
                    INDArray values = blank(DataType.FLOAT, n);
                    long most = k.start(x, S, from);
                    k.values(from, S, values);
                    return List.of(from, values, Nd4j.scalar(most));
                });
            }
            for (int[] factor : FACTORS) {
                INDArray from = limits(n);
                both("scale of " + n, k -> {
                    INDArray to = like(from);
                    INDArray inPlace = from.dup();
                    k.scale(from, factor[1], factor[2], to);
                    k.scale(inPlace, factor[1], factor[2], inPlace);
                    assertBits(to, inPlace, "in place");
                    return List.of(to);
                });
            }
        }
    }

    @ParameterizedTest
    @MethodSource("instructionSets")
    void couplesAndRestores(int isa) {
        on(isa);
        for (int n : SIZES) {
            for (int[] factor : FACTORS) {
                couple(awkward(n), limits(n), randomIntegers(2, 1 << 24, n), factor[0], factor[1], factor[2]);
                INDArray x = randomIntegers(1, 1 << 24, n);
                couple(atOffset(floats(n, n)), x, randomIntegers(2, 1 << 24, n), factor[0], factor[1], factor[2]);
            }
        }
    }

    private void couple(INDArray f, INDArray x, INDArray y, int a, int b, int q) {
        long n = f.length();
        boolean kept = b > 0 && b < q;
        both("couple " + n + " with " + a + ", " + b + ", " + q, k -> {
            INDArray side = kept ? bytes(StreamKernels.sideBytes(n, b, q)) : null;
            INDArray first = atOffset(x);
            INDArray second = y.dup();
            INDArray next = like(f);
            INDArray most = Nd4j.scalar(k.couple(new Coupling(f, first, second, a, b, q, S, side, next)));
            INDArray scaled = first.dup();
            INDArray sum = second.dup();
            INDArray value = like(f);
            if (b > 0) {
                k.restoreInput(new InputRestore(first, side, b, q, S, value));
                assertBits(x, first, "X");
            }
            k.restorePrevious(new PreviousRestore(second, first, f, a, q, S));
            return List.of(sum, scaled, next, most, second, value, kept ? side : sum);
        });
    }

    /** What comes to the inverse need not be what the forward gave. */
    @ParameterizedTest
    @MethodSource("instructionSets")
    void restoresOfAnything(int isa) {
        on(isa);
        for (int n : SIZES) {
            for (int[] factor : FACTORS) {
                int b = Math.max(1, factor[1]);
                int q = factor[2];
                long width = StreamKernels.sideBytes(n, b, q);
                INDArray side =
                        width == 0 ? null : randomIntegers(3, 127, (int) width).castTo(DataType.UINT8);
                both("restore of " + n, k -> {
                    INDArray y = limits(n);
                    INDArray x = limits(n).neg();
                    k.restoreInput(new InputRestore(y, side, b, q, S, null));
                    k.restorePrevious(new PreviousRestore(x, y, awkward(n), factor[0], q, S));
                    return List.of(y, x);
                });
            }
        }
    }

    /** Samples of any length, with equal neighbours and without; the first and the last have terms that are left out. */
    @ParameterizedTest
    @MethodSource("instructionSets")
    void sumsSampleBySample(int isa) {
        on(isa);
        double[] alpha = {0, 0.125, 0.125, -0.125, 1, -2, 0};
        double[] beta = {0.5, 0.875, 0.875, 0.875, 0, -0.25, 0};
        boolean[] negative = {true, false, false, true, true, false, true};
        for (int n : SIZES) {
            int samples = alpha.length;
            INDArray f = floats(n, samples * n).reshape('c', samples, n);
            INDArray x = floats(n + 1, samples * n).reshape('c', samples, n);
            INDArray y = floats(n + 2, samples * n).reshape('c', samples, n);
            both("samples of " + n, k -> {
                INDArray sum = f.ulike();
                INDArray inPlace = f.dup('c');
                k.sum(new SampleSum(f, alpha, x, beta, y, sum));
                k.sum(new SampleSum(inPlace, alpha, x, beta, y, inPlace));
                assertBits(sum, inPlace, "in place");
                INDArray integers = randomIntegers(3, LIMIT, samples * n).reshape('c', samples, n);
                INDArray turned = integers.dup('c');
                k.negate(turned, negative);
                for (int j = 0; j < samples; j++) {
                    INDArray one = f.ulike().get(NDArrayIndex.interval(0, 1));
                    k.sum(new StreamSum(part(f, j), alpha[j], part(x, j), beta[j], part(y, j), one));
                    assertBits(one, part(sum, j), "sample " + j);
                    assertBits(negative[j] ? part(integers, j).neg() : part(integers, j), part(turned, j), "sign " + j);
                }
                return List.of(sum, turned);
            });
        }
    }

    private static INDArray part(INDArray array, int sample) {
        return array.get(NDArrayIndex.interval(sample, sample + 1));
    }

    @ParameterizedTest
    @MethodSource("instructionSets")
    void checksums(int isa) {
        on(isa);
        for (int n : SIZES) {
            for (INDArray x : List.of(
                    limits(n),
                    awkward(n),
                    atOffset(limits(n)),
                    bytes(n),
                    floats(1, n).castTo(DataType.FLOAT16))) {
                both("checksum of " + n, k -> List.of(Nd4j.scalar(k.checksum(x))));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("instructionSets")
    void floatingStreams(int isa) {
        on(isa);
        double[][] factors = {{1, 0}, {0, 1}, {0, 0}, {1, 1}, {0.1, 0.7}, {-1.25, 1e-3}, {1e30, 1e-40}};
        for (int n : SIZES) {
            INDArray f = floats(1, n);
            for (INDArray x : List.of(awkward(n), floats(2, n), atOffset(floats(2, n)))) {
                INDArray y = floats(3, n);
                for (double[] factor : factors) {
                    both("sum of " + n + " with " + factor[0] + ", " + factor[1], k -> {
                        INDArray sum = like(f);
                        INDArray inPlace = x.dup();
                        INDArray back = like(f);
                        k.sum(new StreamSum(f, factor[0], x, factor[1], y, sum));
                        k.sum(new StreamSum(f, factor[0], inPlace, factor[1], y, inPlace));
                        assertBits(sum, inPlace, "in place");
                        k.difference(sum, f, factor[0], x, back);
                        return List.of(sum, back);
                    });
                }
            }
        }
    }

    private void both(String what, Function<StreamKernels, List<INDArray>> run) {
        List<INDArray> expected = run.apply(java);
        for (int threads = 1; threads <= 2; threads++) {
            NativeRuntime.setThreads(threads);
            List<INDArray> actual = run.apply(fast);
            for (int i = 0; i < expected.size(); i++) {
                assertBits(expected.get(i), actual.get(i), what + ", output " + i + ", threads " + threads);
            }
        }
    }

    /** Random floats, and from the end on what rounds, overflows or is no number. */
    private static INDArray awkward(int n) {
        float unit = 1f / (1 << S);
        float[] special = {
            Float.NaN,
            0.5f * unit,
            -0.5f * unit,
            1.5f * unit,
            -2.5f * unit,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            -0f,
            Float.MAX_VALUE,
            -Float.MAX_VALUE,
            Float.MIN_VALUE,
            2048f,
            -2048f,
            Math.nextDown(2048f),
            Math.nextUp(-2048f),
            6144f,
            -1e7f
        };
        float[] values = floats(n, n).data().asFloat();
        for (int i = 0; i < Math.min(n, special.length); i++) {
            values[n - 1 - i] = special[i];
        }
        return Nd4j.createFromArray(values);
    }

    /** Random integers of the whole range, and from the end on the first and the last ones. */
    private static INDArray limits(int n) {
        int[] special = {-LIMIT, LIMIT, -1, 0, 1, 1 - LIMIT, LIMIT - 1, -15, -16, -17};
        int[] values = randomIntegers(n, LIMIT, n).data().asInt();
        for (int i = 0; i < Math.min(n, special.length); i++) {
            values[n - 1 - i] = special[i];
        }
        return integers(values);
    }
}
