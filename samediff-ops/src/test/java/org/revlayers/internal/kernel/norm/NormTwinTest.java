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
        super(NormKernels.portable(), NormKernels.get(), NormKernels::on);
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

    private static int rows(int cols) {
        return cols > 10_000 ? 2 : cols > 1000 ? 9 : 67;
    }
}
