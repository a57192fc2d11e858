package org.revlayers.kernel.stream;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;
import static org.revlayers.kernel.TestArrays.bytes;
import static org.revlayers.kernel.TestArrays.doubles;
import static org.revlayers.kernel.TestArrays.floats;
import static org.revlayers.kernel.TestArrays.randomIntegers;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Both implementations of the streams turn every bad argument down with the same words, before they touch memory. */
class StreamArgumentsTest {

    private final INDArray f = floats(1, 24);
    private final INDArray x = randomIntegers(2, 100, 24);
    private final INDArray y = randomIntegers(3, 100, 24);
    private final INDArray few = randomIntegers(4, 100, 6);
    private final INDArray side = bytes(9);

    private final List<DynamicTest> tests = new ArrayList<>();

    @TestFactory
    List<DynamicTest> badArguments() {
        for (StreamKernels kernels : new StreamKernels[] {new JavaStreams(), StreamKernels.get()}) {
            starts(kernels);
            couples(kernels);
            restores(kernels);
            sums(kernels);
        }
        return tests;
    }

    private void starts(StreamKernels k) {
        bad(k, "null x", "x must not be null", () -> k.start(null, 20, x));
        bad(k, "integer x", "x must be FLOAT, DOUBLE or HALF", () -> k.start(y, 20, x));
        bad(k, "length of X", "X must have 24 elements of type INT", () -> k.start(f, 20, few));
        bad(k, "type of X", "X must have 24 elements of type INT", () -> k.start(f, 20, x.castTo(DataType.INT64)));
        bad(k, "null X", "X must not be null", () -> k.values(null, 20, f));
        bad(k, "scale -1", "0 to 30; got -1", () -> k.start(f, -1, x));
        bad(k, "scale 31", "0 to 30; got 31", () -> k.values(x, 31, f));
        bad(k, "float X", "X must be INT32: make it with", () -> k.scale(f, 1, 2, x));
        bad(k, "length of Y", "Y must have 24", () -> k.scale(x, 1, 2, few));
        bad(k, "b of scale", "0 <= b <= q; got 3/2", () -> k.scale(x, 3, 2, y));
        bad(k, "b below zero", "0 <= b <= q; got -1/2", () -> k.scale(x, -1, 2, y));
        INDArray room = Nd4j.zeros(DataType.INT32, 30);
        INDArray from = room.get(NDArrayIndex.interval(0, 24));
        INDArray to = room.get(NDArrayIndex.interval(4, 28));
        bad(k, "overlap", "Y must not share memory with X", () -> k.scale(from, 1, 2, to));
        bad(k, "null checksum", "X must not be null", () -> k.checksum(null));
        INDArray strided = x.reshape(4, 6).get(NDArrayIndex.all(), NDArrayIndex.interval(0, 2, 6));
        bad(k, "strides", "call dup('c') first", () -> k.checksum(strided));
    }

    private void couples(StreamKernels k) {
        for (int q : new int[] {0, 3, 32, -8}) {
            bad(k, "q " + q, "1, 2, 4, 8 or 16; got " + q, () -> k.couple(f, x, y, 1, 1, q, 20, null, null));
        }
        bad(k, "a", "-4q <= a <= 4q; got 33/8", () -> k.couple(f, x, y, 33, 1, 8, 20, side, null));
        bad(k, "-a", "-4q <= a <= 4q; got -33/8", () -> k.restorePrevious(x, y, f, -33, 8, 20));
        bad(k, "b", "0 <= b <= q; got 9/8", () -> k.couple(f, x, y, 8, 9, 8, 20, null, null));
        bad(k, "b 0", "cannot be inverted: take b >= 1", () -> k.couple(f, x, y, 8, 0, 8, 20, side, null));
        bad(k, "length of X", "X must have 24", () -> k.couple(f, few, y, 1, 1, 8, 20, side, null));
        bad(k, "null Y", "Y must not be null", () -> k.couple(f, x, null, 1, 1, 8, 20, side, null));
        bad(k, "X is Y", "X must not share memory with Y", () -> k.couple(f, x, x, 1, 1, 8, 20, side, null));
        bad(k, "length of side", "side must have 6", () -> k.couple(f, x, y, 1, 2, 8, 20, side, null));
        bad(k, "type of side", "side must have 9", () -> k.couple(f, x, y, 1, 1, 8, 20, floats(1, 9), null));
        bad(k, "needless side", "side must be null", () -> k.couple(f, x, y, 1, 8, 8, 20, side, null));
        bad(k, "type of next", "next must have 24", () -> k.couple(f, x, y, 1, 1, 8, 20, side, doubles(1, 24)));
        bad(k, "length of next", "next must have 24", () -> k.couple(f, x, y, 1, 1, 8, 20, side, floats(1, 6)));
    }

    private void restores(StreamKernels k) {
        bad(k, "b 0 back", "cannot be inverted: take b >= 1", () -> k.restoreInput(x, side, 0, 8, 20, null));
        bad(k, "null side", "side must not be null", () -> k.restoreInput(x, null, 1, 8, 20, null));
        bad(k, "short side", "side must have 6", () -> k.restoreInput(x, side, 3, 8, 20, f));
        bad(k, "side at 1", "side must be null", () -> k.restoreInput(x, side, 1, 1, 20, f));
        bad(k, "length of x", "x must have 24", () -> k.restoreInput(x, side, 1, 8, 20, floats(1, 6)));
        bad(k, "type of x", "x must be FLOAT, DOUBLE or HALF", () -> k.restoreInput(x, side, 1, 8, 20, y));
        bad(k, "float Yp", "Yp must be INT32", () -> k.restoreInput(f, side, 1, 8, 20, null));
        bad(k, "length of Xp", "Xp must have 24", () -> k.restorePrevious(few, x, f, 1, 8, 20));
        bad(k, "Xp is X", "Xp must not share memory with X", () -> k.restorePrevious(x, x, f, 1, 8, 20));
        bad(k, "integer f", "f must be FLOAT, DOUBLE or HALF", () -> k.restorePrevious(x, y, y, 1, 8, 20));
    }

    private void sums(StreamKernels k) {
        bad(k, "alpha", "alpha must be finite, not NaN", () -> k.sum(f, Double.NaN, f, 0, null, f));
        bad(k, "beta", "beta must be finite, not Inf", () -> k.sum(f, 1, f, Double.POSITIVE_INFINITY, f, f));
        bad(k, "null term", "x must not be null", () -> k.sum(f, 1, null, 0, null, f));
        bad(k, "type of y", "y must have 24", () -> k.sum(f, 0, null, 0, doubles(1, 24), f));
        bad(k, "null out", "out must not be null", () -> k.sum(f, 1, f, 0, null, null));
        bad(k, "null y", "y must not be null", () -> k.difference(null, f, 1, f, f));
        bad(k, "length of out", "out must have 24", () -> k.difference(f, f, 1, f, floats(1, 6)));
    }

    private void bad(StreamKernels kernels, String what, String message, Executable call) {
        tests.add(dynamicTest(kernels.name() + ", " + what, () -> {
            Throwable error = assertThrows(IllegalArgumentException.class, call);
            assertTrue(error.getMessage().contains(message), error.getMessage());
        }));
    }
}
