package org.revlayers.internal.kernel.stream;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;
import static org.revlayers.internal.kernel.TestArrays.bytes;
import static org.revlayers.internal.kernel.TestArrays.doubles;
import static org.revlayers.internal.kernel.TestArrays.floats;
import static org.revlayers.internal.kernel.TestArrays.randomIntegers;

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

    private final StreamKernels kernels = StreamKernels.get();
    private final List<DynamicTest> tests = new ArrayList<>();

    @TestFactory
    List<DynamicTest> badArguments() {
        starts();
        couples();
        restores();
        sums();
        return tests;
    }

    private void starts() {
        bad("null x", "x must not be null", () -> kernels.start(null, 20, x));
        bad("integer x", "x must be FLOAT, DOUBLE or HALF", () -> kernels.start(y, 20, x));
        bad("length of X", "X must have 24 elements of type INT", () -> kernels.start(f, 20, few));
        bad("type of X", "X must have 24 elements of type INT", () -> kernels.start(f, 20, x.castTo(DataType.INT64)));
        bad("null X", "X must not be null", () -> kernels.values(null, 20, f));
        bad("scale -1", "0 to 30; got -1", () -> kernels.start(f, -1, x));
        bad("scale 31", "0 to 30; got 31", () -> kernels.values(x, 31, f));
        bad("float X", "X must be INT32: make it with", () -> kernels.scale(f, 1, 2, x));
        bad("length of Y", "Y must have 24", () -> kernels.scale(x, 1, 2, few));
        bad("b of scale", "0 <= b <= q; got 3/2", () -> kernels.scale(x, 3, 2, y));
        bad("b below zero", "0 <= b <= q; got -1/2", () -> kernels.scale(x, -1, 2, y));
        INDArray room = Nd4j.zeros(DataType.INT32, 30);
        INDArray from = room.get(NDArrayIndex.interval(0, 24));
        INDArray to = room.get(NDArrayIndex.interval(4, 28));
        bad("overlap", "Y must not share memory with X", () -> kernels.scale(from, 1, 2, to));
        bad("null checksum", "X must not be null", () -> kernels.checksum(null));
        INDArray strided = x.reshape(4, 6).get(NDArrayIndex.all(), NDArrayIndex.interval(0, 2, 6));
        bad("strides", "call dup('c') first", () -> kernels.checksum(strided));
    }

    private void couples() {
        for (int q : new int[] {0, 3, 32, -8}) {
            bad(
                    "q " + q,
                    "1, 2, 4, 8 or 16; got " + q,
                    () -> kernels.couple(new Coupling(f, x, y, 1, 1, q, 20, null, null)));
        }
        bad("a", "-4q <= a <= 4q; got 33/8", () -> kernels.couple(new Coupling(f, x, y, 33, 1, 8, 20, side, null)));
        bad("-a", "-4q <= a <= 4q; got -33/8", () -> kernels.restorePrevious(new PreviousRestore(x, y, f, -33, 8, 20)));
        bad("b", "0 <= b <= q; got 9/8", () -> kernels.couple(new Coupling(f, x, y, 8, 9, 8, 20, null, null)));
        bad(
                "b 0",
                "cannot be inverted: take b >= 1",
                () -> kernels.couple(new Coupling(f, x, y, 8, 0, 8, 20, side, null)));
        bad("length of X", "X must have 24", () -> kernels.couple(new Coupling(f, few, y, 1, 1, 8, 20, side, null)));
        bad("null Y", "Y must not be null", () -> kernels.couple(new Coupling(f, x, null, 1, 1, 8, 20, side, null)));
        bad(
                "X is Y",
                "X must not share memory with Y",
                () -> kernels.couple(new Coupling(f, x, x, 1, 1, 8, 20, side, null)));
        bad("length of side", "side must have 6", () -> kernels.couple(new Coupling(f, x, y, 1, 2, 8, 20, side, null)));
        bad(
                "type of side",
                "side must have 9",
                () -> kernels.couple(new Coupling(f, x, y, 1, 1, 8, 20, floats(1, 9), null)));
        bad("needless side", "side must be null", () -> kernels.couple(new Coupling(f, x, y, 1, 8, 8, 20, side, null)));
        bad(
                "type of next",
                "next must have 24",
                () -> kernels.couple(new Coupling(f, x, y, 1, 1, 8, 20, side, doubles(1, 24))));
        bad(
                "length of next",
                "next must have 24",
                () -> kernels.couple(new Coupling(f, x, y, 1, 1, 8, 20, side, floats(1, 6))));
    }

    private void restores() {
        bad(
                "b 0 back",
                "cannot be inverted: take b >= 1",
                () -> kernels.restoreInput(new InputRestore(x, side, 0, 8, 20, null)));
        bad(
                "null side",
                "side must not be null",
                () -> kernels.restoreInput(new InputRestore(x, null, 1, 8, 20, null)));
        bad("short side", "side must have 6", () -> kernels.restoreInput(new InputRestore(x, side, 3, 8, 20, f)));
        bad("side at 1", "side must be null", () -> kernels.restoreInput(new InputRestore(x, side, 1, 1, 20, f)));
        bad(
                "length of x",
                "x must have 24",
                () -> kernels.restoreInput(new InputRestore(x, side, 1, 8, 20, floats(1, 6))));
        bad(
                "type of x",
                "x must be FLOAT, DOUBLE or HALF",
                () -> kernels.restoreInput(new InputRestore(x, side, 1, 8, 20, y)));
        bad("float Yp", "Yp must be INT32", () -> kernels.restoreInput(new InputRestore(f, side, 1, 8, 20, null)));
        bad("length of Xp", "Xp must have 24", () -> kernels.restorePrevious(new PreviousRestore(few, x, f, 1, 8, 20)));
        bad(
                "Xp is X",
                "Xp must not share memory with X",
                () -> kernels.restorePrevious(new PreviousRestore(x, x, f, 1, 8, 20)));
        bad(
                "integer f",
                "f must be FLOAT, DOUBLE or HALF",
                () -> kernels.restorePrevious(new PreviousRestore(x, y, y, 1, 8, 20)));
    }

    private void sums() {
        bad("alpha", "alpha must be finite, not NaN", () -> kernels.sum(new StreamSum(f, Double.NaN, f, 0, null, f)));
        bad(
                "beta",
                "beta must be finite, not Inf",
                () -> kernels.sum(new StreamSum(f, 1, f, Double.POSITIVE_INFINITY, f, f)));
        bad("null term", "x must not be null", () -> kernels.sum(new StreamSum(f, 1, null, 0, null, f)));
        bad("type of y", "y must have 24", () -> kernels.sum(new StreamSum(f, 0, null, 0, doubles(1, 24), f)));
        double[] none = {0, 0};
        INDArray two = f.reshape(2, f.length() / 2);
        bad(
                "samples",
                "a number for each sample, 24; got 2 and 2",
                () -> kernels.sum(new SampleSum(f.reshape(24, 1), none, null, none, null, f)));
        bad(
                "a sample's factor",
                "beta must be finite, not NaN",
                () -> kernels.sum(new SampleSum(two, none, null, new double[] {Double.NaN, 1}, two, two)));
        bad(
                "null term of a sample",
                "x must not be null",
                () -> kernels.sum(new SampleSum(two, new double[] {0, 1}, null, none, null, two)));
        bad("signs", "as many samples as are told of, 3", () -> kernels.negate(x, true, false, true));
        bad("null out", "out must not be null", () -> kernels.sum(new StreamSum(f, 1, f, 0, null, null)));
        bad("null y", "y must not be null", () -> kernels.difference(null, f, 1, f, f));
        bad("length of out", "out must have 24", () -> kernels.difference(f, f, 1, f, floats(1, 6)));
    }

    private void bad(String what, String message, Executable call) {
        tests.add(dynamicTest(what, () -> {
            Throwable error = assertThrows(IllegalArgumentException.class, call);
            assertTrue(error.getMessage().contains(message), error.getMessage());
        }));
    }
}
