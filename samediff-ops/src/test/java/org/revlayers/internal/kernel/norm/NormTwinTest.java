package org.revlayers.internal.kernel.norm;

import static org.revlayers.internal.kernel.TestArrays.assertSame;
import static org.revlayers.internal.kernel.TestArrays.blank;
import static org.revlayers.internal.kernel.TestArrays.floats;
import static org.revlayers.internal.kernel.TestArrays.like;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Norm;
import org.revlayers.internal.kernel.KernelTwin;

/** Native against portable norms: within ulps; replays bit for bit. */
class NormTwinTest extends KernelTwin<NormKernels> {

    NormTwinTest() {
        super(NormKernels.portable(), NormKernels.get(), (device, host) -> NormKernels.on(device));
    }

    static Stream<Arguments> kinds() {
        return instructionSets().flatMap(isa -> Stream.of(Norm.values()).map(kind -> Arguments.of(isa, kind)));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void norms(int isa, Norm kind) {
        on(isa);
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
                        k.forward(NormForward.of(kind, 1e-5, new NormInput(x, weight, residual, sum), z));
                        k.forward(new NormForward(
                                kind, 1e-5, new NormInput(x, weight, residual, null), weight, shift, y, mean, rstd));
                        k.replay(new NormReplay(sum, mean, rstd, weight, shift, again));
                        assertSame(y, again, what + " replay");
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
        on(isa);
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
            java.forward(NormForward.of(kind, cols < 3 ? 1 : 1e-5, NormInput.of(x), z)
                    .statistics(mean, rstd));
            for (boolean fromInput : new boolean[] {false, true}) {
                for (INDArray gamma : new INDArray[] {null, weight}) {
                    INDArray skip = gamma == null ? null : dy;
                    both(
                            k -> {
                                INDArray dx = like(x);
                                INDArray dGamma = like(weight);
                                INDArray dBeta = like(weight);
                                INDArray kept = fromInput ? x : z;
                                k.backward(new NormBackward(
                                        kind, fromInput, kept, mean, rstd, gamma, dy, skip, dx, dGamma, dBeta));
                                return List.of(dx, dGamma, dBeta);
                            },
                            (e, a) ->
                                    assertAllSums(e, a, kind + " gradient of " + rows + "x" + cols + ", " + fromInput));
                }
            }
        }
    }

    /** Sums over more rows than one thread takes. */
    @ParameterizedTest
    @MethodSource("kinds")
    void parametersOfManyRows(int isa, Norm kind) {
        on(isa);
        for (int[] shape : new int[][] {{700, 40}, {300, 700}, {140, 8200}}) {
            INDArray z = floats(1, shape[0], shape[1]);
            INDArray dy = floats(2, shape[0], shape[1]);
            INDArray rstd = floats(3, shape[0]);
            both(
                    k -> {
                        INDArray dx = like(z);
                        INDArray dGamma = blank(DataType.FLOAT, shape[1]);
                        INDArray dBeta = blank(DataType.FLOAT, shape[1]);
                        k.backward(NormBackward.ofOutput(kind, z, rstd, dy, dx).into(dGamma, dBeta));
                        return List.of(dx, dGamma, dBeta);
                    },
                    (e, a) -> assertAllSums(e, a, kind + " of " + shape[0] + "x" + shape[1]));
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void inPlace(int isa, Norm kind) {
        on(isa);
        for (int cols : SIZES) {
            int rows = rows(cols);
            INDArray x = floats(1, rows, cols);
            INDArray residual = floats(2, rows, cols);
            INDArray z = like(x);
            INDArray sum = like(x);
            INDArray rstd = blank(DataType.FLOAT, rows);
            fast.forward(NormForward.of(kind, 1e-5, new NormInput(x, null, residual, sum), z)
                    .statistics(null, rstd));
            INDArray again = x.dup('c');
            fast.forward(NormForward.of(kind, 1e-5, new NormInput(again, null, residual, null), again));
            assertSame(z, again, "y over x, " + cols + " columns");
            INDArray over = residual.dup('c');
            fast.forward(NormForward.of(kind, 1e-5, new NormInput(x, null, over, over), again));
            assertSame(sum, over, "sum over residual, " + cols + " columns");
            assertSame(z, again, "y, " + cols + " columns");
            INDArray dx = like(x);
            fast.backward(NormBackward.ofOutput(kind, z, rstd, x, dx).plus(residual));
            INDArray dy = x.dup('c');
            fast.backward(NormBackward.ofOutput(kind, z, rstd, dy, dy).plus(residual));
            assertSame(dx, dy, "dx over dy, " + cols + " columns");
            INDArray skip = residual.dup('c');
            fast.backward(NormBackward.ofOutput(kind, z, rstd, x, skip).plus(skip));
            assertSame(dx, skip, "dx over the residual, " + cols + " columns");
        }
    }

    private static int rows(int cols) {
        return cols > 10_000 ? 2 : cols > 1000 ? 9 : 67;
    }
}
