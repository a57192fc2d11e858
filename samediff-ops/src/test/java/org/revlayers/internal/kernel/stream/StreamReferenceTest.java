package org.revlayers.internal.kernel.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.internal.kernel.TestArrays.array;
import static org.revlayers.internal.kernel.TestArrays.assertBits;
import static org.revlayers.internal.kernel.TestArrays.blank;
import static org.revlayers.internal.kernel.TestArrays.bytes;
import static org.revlayers.internal.kernel.TestArrays.floats;
import static org.revlayers.internal.kernel.TestArrays.integers;
import static org.revlayers.internal.kernel.TestArrays.like;
import static org.revlayers.internal.kernel.TestArrays.random;
import static org.revlayers.internal.kernel.TestArrays.randomIntegers;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The streams against their definitions: what each formula gives, that the inverse is exact, and what overflow does. */
class StreamReferenceTest {

    private static final int S = 20;
    private static final int N = 203;
    private static final int LIMIT = Integer.MAX_VALUE;
    private static final int[] DENOMINATORS = {1, 2, 4, 8, 16};

    static Stream<StreamKernels> implementations() {
        return Stream.of(StreamKernels.portable(), StreamKernels.get());
    }

    @Test
    void sideBitsHoldEveryPreimageAndNoMore() {
        for (int q : DENOMINATORS) {
            for (int b = 1; b <= q; b++) {
                int preimages = (int) Math.ceil((double) q / b);
                int width = StreamKernels.sideBits(b, q);
                assertTrue(1 << width >= preimages && (width == 0 || 1 << width - 1 < preimages), b + "/" + q);
                assertEquals(3L * width, StreamKernels.sideBytes(17, b, q));
                assertEquals(2L * width, StreamKernels.sideBytes(16, b, q));
            }
        }
        Throwable error = assertThrows(IllegalArgumentException.class, () -> StreamKernels.sideBits(0, 8));
        assertTrue(error.getMessage().contains("cannot be inverted: take b >= 1"), error.getMessage());
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void startRoundsTiesToEvenAndTellsWhatDoesNotFit(StreamKernels k) {
        assertEquals(4, start(k, 0, new float[] {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -3.5f}, 0, 2, 2, 0, -2, -4));
        assertEquals(5, start(k, 1, new float[] {2.5f, -2.25f, -0f}, 5, -4, 0));
        assertEquals(2147483520, start(k, 0, new float[] {2147483520f, -3}, 2147483520, -3));
        assertEquals(Long.MAX_VALUE, start(k, 0, new float[] {0x1p31f, 1}, LIMIT, 1));
        assertEquals(Long.MAX_VALUE, start(k, 10, new float[] {1, -0x1p21f}, 1024, -LIMIT));
        assertEquals(Long.MAX_VALUE, start(k, 4, new float[] {Float.NaN, 1}, 0, 16));
        assertEquals(Long.MAX_VALUE, start(k, 4, new float[] {1, Float.NaN, 1}, 16, 0, 16));
        float inf = Float.POSITIVE_INFINITY;
        assertEquals(Long.MAX_VALUE, start(k, 30, new float[] {-inf, inf, Float.MAX_VALUE}, -LIMIT, LIMIT, LIMIT));
    }

    private static long start(StreamKernels k, int scale, float[] x, int... expected) {
        INDArray integers = blank(DataType.INT32, x.length);
        long most = k.start(Nd4j.createFromArray(x), scale, integers);
        assertBits(integers(expected), integers, "start");
        return most;
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void valuesAreRoundedOnceToEven(StreamKernels k) {
        INDArray from = integers(3, -3, 16777217, 16777219, -LIMIT);
        INDArray x = blank(DataType.FLOAT, 5);
        k.values(from, 1, x);
        assertBits(Nd4j.createFromArray(1.5f, -1.5f, 8388608f, 8388610f, -0x1p30f), x, "values");
        INDArray exact = blank(DataType.DOUBLE, 5);
        k.values(from, 30, exact);
        assertBits(from.castTo(DataType.DOUBLE).mul(0x1p-30), exact, "values in double");
    }

    /** β = 3/8: X = 0 to 9 and below zero, by hand. */
    @ParameterizedTest
    @MethodSource("implementations")
    void packsSideValuesAsDocumented(StreamKernels k) {
        INDArray x = integers(0, 1, 2, 3, 4, 5, 6, 7, 8, -1);
        INDArray y = integers(10, 20, 30, 40, 50, 60, 70, 80, 90, 100);
        INDArray side = bytes(4);
        INDArray next = blank(DataType.FLOAT, 10);
        assertEquals(99, k.couple(new Coupling(Nd4j.zeros(DataType.FLOAT, 10), x, y, 4, 3, 8, 2, side, next)));
        // ⌊3X/8⌋, and ⌈8Y'/3⌉ is 0, 0, 0, 3, 3, 3, 6, 6, 8, -2: the side values are 0, 1, 2, 0, 1, 2, 0, 1 and 0, 1.
        assertBits(integers(0, 0, 0, 1, 1, 1, 2, 2, 3, -1), x, "Y'");
        assertBits(integers(10, 20, 31, 41, 52, 62, 73, 83, 94, 99), y, "X'");
        assertBits(y.castTo(DataType.FLOAT).mul(0.25f), next, "next");
        int[] expected = {0b10010010, 0b00100100, 0b10, 0};
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], side.getInt(i), "byte " + i);
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void everyFactorComesBackBitForBit(StreamKernels k) {
        INDArray f = floats(1, N);
        INDArray x = randomIntegers(2, 1 << 28, N);
        INDArray y = randomIntegers(3, 1 << 28, N);
        INDArray ends = integers(IntStream.range(0, N)
                .map(i -> i % 2 == 0 ? LIMIT - i / 2 : i / 2 - LIMIT)
                .toArray());
        for (int q : DENOMINATORS) {
            for (int b = 1; b <= q; b++) {
                for (int a = 0; a <= q; a++) {
                    roundTrip(k, f, x, y, a, b, q);
                }
                roundTrip(k, f, x, y, -q, b, q);
                roundTrip(k, f, x, y, 4 * q, b, q);
                roundTrip(k, f, ends, y, 0, b, q);
            }
        }
    }

    private static void roundTrip(StreamKernels k, INDArray f, INDArray x, INDArray y, int a, int b, int q) {
        String what = "a " + a + ", b " + b + ", q " + q;
        int width = StreamKernels.sideBits(b, q);
        INDArray side = width == 0 ? null : bytes(StreamKernels.sideBytes(N, b, q));
        INDArray first = x.dup();
        INDArray second = y.dup();
        INDArray next = like(f);
        long most = k.couple(new Coupling(f, first, second, a, b, q, S, side, next));
        long expected = 0;
        for (int i = 0; i < N; i++) {
            long sum = (long) Math.rint(f.getDouble(i) * (1 << S))
                    + Math.floorDiv((long) a * x.getInt(i), q)
                    + y.getInt(i);
            assertEquals(sum, second.getInt(i), what);
            assertEquals((float) (sum * 0x1p-20), next.getFloat(i), what);
            assertEquals(Math.floorDiv((long) b * x.getInt(i), q), first.getInt(i), what);
            int rest = (int) (x.getInt(i) + Math.floorDiv(-q * (long) first.getInt(i), b));
            assertTrue(rest >= 0 && rest < (q + b - 1) / b, what + ": side " + rest);
            assertEquals(rest, width == 0 ? 0 : side(side, i, width), what);
            expected = Math.max(expected, Math.abs(sum));
        }
        assertEquals(expected, most, what);
        if (width > 0) {
            for (int i = N; i < (N + 7) / 8 * 8; i++) {
                assertEquals(0, side(side, i, width), what + ": unused bits");
            }
        }
        INDArray value = like(f);
        INDArray again = like(f);
        k.restoreInput(new InputRestore(first, side, b, q, S, value));
        assertBits(x, first, what);
        k.values(x, S, again);
        assertBits(again, value, what);
        k.restorePrevious(new PreviousRestore(second, first, f, a, q, S));
        assertBits(y, second, what);
    }

    private static int side(INDArray side, int element, int width) {
        int value = 0;
        for (int k = 0; k < width; k++) {
            value |= (side.getInt(element / 8 * width + k) >> element % 8 & 1) << k;
        }
        return value;
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void anOverflowIsToldAndSaturates(StreamKernels k) {
        float inf = Float.POSITIVE_INFINITY;
        assertEquals(Long.MAX_VALUE, couple(k, 0, LIMIT, 1, LIMIT));
        assertEquals(Long.MAX_VALUE, couple(k, 0, -LIMIT, -1, -LIMIT));
        assertEquals(LIMIT, couple(k, 1, LIMIT, -1, LIMIT));
        assertEquals(LIMIT, couple(k, 0, -LIMIT, 0, -LIMIT));
        assertEquals(Long.MAX_VALUE, couple(k, Float.NaN, 1, 1, 0));
        assertEquals(Long.MAX_VALUE, couple(k, inf, -LIMIT, -LIMIT, LIMIT));
        assertEquals(Long.MAX_VALUE, couple(k, -Float.MAX_VALUE, 1, 1, -LIMIT));
        // What does not fit alone may fit as a part of the sum.
        assertEquals(2, couple(k, 0x1p32f, -LIMIT, -LIMIT, 2));
    }

    private static long couple(StreamKernels k, float f, int x, int y, int expected) {
        INDArray first = integers(0, 0, x);
        INDArray second = integers(0, 0, y);
        INDArray next = Nd4j.createFromArray(0f, 0f, f);
        long most = k.couple(new Coupling(next, first, second, 1, 1, 1, 0, null, next));
        assertBits(integers(0, 0, expected), second, "X' saturates");
        assertEquals((float) expected, next.getFloat(2));
        return most;
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void twentyFourSubBlocksComeBackBitForBit(StreamKernels k) {
        Random random = new Random(7);
        INDArray input = floats(4, 3, N).reshape(3, N);
        INDArray x = blank(DataType.INT32, 3, N);
        INDArray y = like(x);
        assertTrue(k.start(input, S, x) < LIMIT);
        k.scale(x, 1, 8, y);
        INDArray startX = x.dup();
        INDArray startY = y.dup();
        long checksum = k.checksum(x) + k.checksum(y);
        Deque<int[]> factors = new ArrayDeque<>();
        Deque<INDArray> sides = new ArrayDeque<>();
        for (int i = 0; i < 24; i++) {
            int q = DENOMINATORS[random.nextInt(5)];
            int b = 1 + random.nextInt(q);
            int a = random.nextInt(q + 1 - b + (b == q ? 1 : 0));
            boolean kept = b < q;
            INDArray side = bytes(Math.max(1, StreamKernels.sideBytes(x.length(), b, q)));
            INDArray value = like(input);
            k.values(x, S, value);
            assertTrue(k.couple(new Coupling(block(value, i), x, y, a, b, q, S, kept ? side : null, null)) < LIMIT);
            INDArray swapped = x;
            x = y;
            y = swapped;
            factors.push(new int[] {a, b, q});
            sides.push(side);
        }
        for (int i = 24; i-- > 0; ) {
            int[] factor = factors.pop();
            INDArray side = sides.pop();
            INDArray value = like(input);
            k.restoreInput(new InputRestore(y, factor[1] < factor[2] ? side : null, factor[1], factor[2], S, value));
            k.restorePrevious(new PreviousRestore(x, y, block(value, i), factor[0], factor[2], S));
            INDArray swapped = x;
            x = y;
            y = swapped;
        }
        assertBits(startX, x, "X of the start");
        assertBits(startY, y, "Y of the start");
        assertEquals(checksum, k.checksum(x) + k.checksum(y));
    }

    private static INDArray block(INDArray x, int depth) {
        float[] from = x.data().asFloat();
        float[] to = new float[from.length];
        for (int i = 0; i < to.length; i++) {
            to[i] = (float) Math.sin(3 * from[i] + 0.1 * from[(i + 1 + depth) % to.length]);
        }
        return Nd4j.createFromArray(to).reshape(x.shape());
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"DOUBLE", "HALF"})
    void otherTypesComeBackBitForBit(DataType type) {
        StreamKernels k = StreamKernels.get();
        INDArray f = random(type, 1, N);
        INDArray x = blank(DataType.INT32, N);
        assertTrue(k.start(random(type, 2, N), S, x) < LIMIT);
        INDArray y = randomIntegers(3, 1 << S, N);
        INDArray first = x.dup();
        INDArray second = y.dup();
        INDArray side = bytes(StreamKernels.sideBytes(N, 3, 8));
        INDArray next = f.dup();
        k.couple(new Coupling(f, first, second, 5, 3, 8, S, side, next));
        assertBits(second.castTo(DataType.DOUBLE).mul(0x1p-20).castTo(type), next, "next");
        k.restoreInput(new InputRestore(first, side, 3, 8, S, next));
        k.restorePrevious(new PreviousRestore(second, first, f, 5, 8, S));
        assertBits(x, first, "X");
        assertBits(y, second, "Y");
        assertBits(x.castTo(DataType.DOUBLE).mul(0x1p-20).castTo(type), next, "x");
        INDArray sum = like(f);
        k.sum(new StreamSum(f, 1, next, 0, null, sum));
        assertBits(f.add(next), sum, "f + x");
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void checksumIsTheSumOfMixedWords(StreamKernels k) {
        // The first number of SplitMix64 from seed 0 is mix(φ).
        long first = 0xE220A8397B1DCDAFL;
        assertEquals(first, k.checksum(integers(0x7F4A7C15, 0x9E3779B9)));
        assertEquals(2 * first, k.checksum(integers(0x7F4A7C15, 0x9E3779B9, 0, 0)));
        assertEquals(2 * first, k.checksum(integers(0x7F4A7C15, 0x9E3779B9, 0)));
        INDArray x = randomIntegers(1, LIMIT, 40_013);
        long checksum = k.checksum(x);
        for (int i = 0; i < 40_013; i = i < 64 || i > 39_990 ? i + 1 : i + 997) {
            int value = x.getInt(i);
            for (int bit = 0; bit < Integer.SIZE; bit++) {
                x.putScalar(i, value ^ 1 << bit);
                assertNotEquals(checksum, k.checksum(x), "element " + i + ", bit " + bit);
            }
            x.putScalar(i, value);
        }
        x.putScalar(0, x.getInt(1));
        assertNotEquals(checksum, k.checksum(x));
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void factorsOfZeroAndOneAreNoOperations(StreamKernels k) {
        INDArray f = floats(1, N);
        INDArray x = floats(2, N);
        INDArray y = floats(3, N);
        INDArray bad = like(f).assign(Float.NaN);
        INDArray out = like(f);
        k.sum(new StreamSum(f, 1, x, 0, null, out));
        assertBits(f.add(x), out, "f + x");
        k.sum(new StreamSum(f, 1, x, 0, bad, out));
        assertBits(f.add(x), out, "a term that is left out");
        k.sum(new StreamSum(f, 0, null, 1, y, out));
        assertBits(f.add(y), out, "f + y");
        k.sum(new StreamSum(f, 0, bad, 0, bad, out));
        assertBits(f, out, "f");
        k.sum(new StreamSum(f, 0.5, x, -0.25, y, out));
        assertBits(f.add(x.mul(0.5f)).add(y.mul(-0.25f)), out, "the order of the sum");
        k.sum(new StreamSum(f, 0.1, x, 0, y, out));
        assertBits(f.add(x.mul(0.1f)), out, "the factor in the arrays' type");
        k.sum(new StreamSum(f, 0.1, x, 1, y, out));
        k.difference(out, f, 0.1, x, out);
        assertBits(f.add(x.mul(0.1f)).add(y).sub(f.add(x.mul(0.1f))), out, "the inverse in its order");
        INDArray zeros = array(DataType.FLOAT, -0.0, -0.0);
        k.sum(new StreamSum(zeros, 0, null, 0, null, zeros));
        assertBits(array(DataType.FLOAT, -0.0, -0.0), zeros, "signed zeros");
    }

    @Test
    void sumsOfDoublesAndHalvesAreRoundedAsTheyAre() {
        StreamKernels k = StreamKernels.get();
        INDArray half = array(DataType.FLOAT16, 1);
        k.sum(new StreamSum(half, 0x1p-11, half, 0x1p-12, half, half));
        assertEquals(1 + 0x1p-10, half.getDouble(0), "rounded once: twice would give 1");
        INDArray d = array(DataType.DOUBLE, 0.3);
        k.sum(new StreamSum(d, 0.1, d, 0.7, d, d));
        assertEquals(0.3 + 0.1 * 0.3 + 0.7 * 0.3, d.getDouble(0));
        INDArray e = array(DataType.DOUBLE, 0.3);
        k.difference(e, e, 0.1, e, e);
        assertEquals(0.3 - (0.3 + 0.1 * 0.3), e.getDouble(0));
    }
}
