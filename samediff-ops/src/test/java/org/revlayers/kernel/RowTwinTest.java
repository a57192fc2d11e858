package org.revlayers.kernel;

import static org.revlayers.kernel.TestArrays.assertSame;
import static org.revlayers.kernel.TestArrays.assertUlps;
import static org.revlayers.kernel.TestArrays.blank;
import static org.revlayers.kernel.TestArrays.floats;
import static org.revlayers.kernel.TestArrays.like;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Tolerances;
import org.revlayers.kernel.norm.Norm;
import org.revlayers.kernel.norm.NormInput;

/** Native against portable norms, softmax, bias and column sums: within ulps; replays and plain additions bit for bit. */
class RowTwinTest extends KernelTwin {

    static Stream<Arguments> kinds() {
        return instructionSets().flatMap(isa -> Stream.of(Norm.values()).map(kind -> Arguments.of(isa, kind)));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void norms(int isa, Norm kind) {
        NativeKernels.limitInstructionSet(isa);
        for (int cols : SIZES) {
            int rows = rows(cols);
            String what = kind + " of " + rows + "x" + cols;
            INDArray x = floats(1, rows, cols).add(0.5);
            INDArray residual = floats(2, rows, cols);
            INDArray weight = floats(3, cols);
            INDArray shift = floats(4, cols);
            both(
                    k -> {
                        INDArray sum = like(x);
                        INDArray y = like(x);
                        INDArray z = like(x);
                        INDArray again = like(x);
                        INDArray mean = kind == Norm.LAYER ? blank(DataType.FLOAT, rows) : null;
                        INDArray rstd = blank(DataType.FLOAT, rows);
                        k.norm(kind, 1e-5, new NormInput(x, weight, residual, sum), null, null, z, null, null);
                        k.norm(kind, 1e-5, new NormInput(x, weight, residual, null), weight, shift, y, mean, rstd);
                        k.normReplay(sum, mean, rstd, weight, shift, again);
                        assertSame(y, again, what + " replay by " + k.name());
                        return List.of(sum, z, y, rstd, mean == null ? rstd : mean);
                    },
                    (e, a) -> {
                        assertSame(e.get(0), a.get(0), what + " sum");
                        assertAllSums(e, a, what);
                    });
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void normGradients(int isa, Norm kind) {
        NativeKernels.limitInstructionSet(isa);
        for (int cols : SIZES) {
            int rows = rows(cols);
            INDArray x = floats(1, rows, cols).add(0.5);
            INDArray dy = floats(2, rows, cols);
            INDArray weight = floats(3, cols);
            INDArray z = like(x);
            INDArray mean = kind == Norm.LAYER ? blank(DataType.FLOAT, rows) : null;
            INDArray rstd = blank(DataType.FLOAT, rows);
            // Deviations of rows of one or two numbers may be tiny: a large eps keeps 1/σ, which magnifies roundings,
            // of the order of one.
            java.norm(kind, cols < 3 ? 1 : 1e-5, NormInput.of(x), null, null, z, mean, rstd);
            for (boolean fromInput : new boolean[] {false, true}) {
                for (INDArray gamma : new INDArray[] {null, weight}) {
                    INDArray skip = gamma == null ? null : dy;
                    both(
                            k -> {
                                INDArray dx = like(x);
                                INDArray dGamma = like(weight);
                                INDArray dBeta = like(weight);
                                INDArray kept = fromInput ? x : z;
                                k.normBackward(kind, fromInput, kept, mean, rstd, gamma, dy, skip, dx, dGamma, dBeta);
                                return List.of(dx, dGamma, dBeta);
                            },
                            (e, a) ->
                                    assertAllSums(e, a, kind + " gradient of " + rows + "x" + cols + ", " + fromInput));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("instructionSets")
    void sumsAndSoftmax(int isa) {
        NativeKernels.limitInstructionSet(isa);
        for (int cols : SIZES) {
            INDArray x = floats(1, rows(cols), cols).mul(5);
            INDArray dy = floats(2, rows(cols), cols);
            INDArray bias = floats(3, cols);
            String what = rows(cols) + "x" + cols;
            both(
                    k -> {
                        INDArray biased = x.dup('c');
                        INDArray sums = blank(DataType.FLOAT, cols);
                        INDArray y = like(x);
                        k.addBias(biased, bias);
                        k.columnSums(x, sums);
                        k.softmax(x, y);
                        return List.of(biased, sums, y);
                    },
                    (e, a) -> {
                        assertSame(e.get(0), a.get(0), what + " bias");
                        assertAllSums(e, a, what + " bias, column sums, softmax");
                    });
            INDArray y = like(x);
            java.softmax(x, y);
            both(
                    k -> {
                        INDArray dx = like(x);
                        k.softmaxBackward(y, dy, dx);
                        return List.of(dx);
                    },
                    (e, a) -> assertSums(e.get(0), a.get(0), what + " softmax gradient"));
        }
    }

    @ParameterizedTest
    @MethodSource("instructionSets")
    void softmaxOfAwkwardRows(int isa) {
        NativeKernels.limitInstructionSet(isa);
        float inf = Float.POSITIVE_INFINITY;
        float[][] patterns = {
            {-inf}, {Float.NaN}, {-inf, Float.NaN}, {inf, 0}, {-inf, 3}, {Float.MAX_VALUE, -1}, {-1000}
        };
        for (int cols : new int[] {1, 3, 16, 33}) {
            INDArray x = Nd4j.create(DataType.FLOAT, patterns.length, cols);
            for (int row = 0; row < patterns.length; row++) {
                for (int i = 0; i < cols; i++) {
                    x.putScalar(row, i, patterns[row][i % patterns[row].length]);
                }
            }
            both(
                    k -> {
                        INDArray y = like(x);
                        k.softmax(x, y);
                        return List.of(y);
                    },
                    (e, a) -> assertUlps(e.get(0), a.get(0), Tolerances.SUM_ULPS, 1, "softmax of rows of " + cols));
        }
    }

    private static int rows(int cols) {
        return cols > 10_000 ? 2 : cols > 1000 ? 9 : 67;
    }
}
