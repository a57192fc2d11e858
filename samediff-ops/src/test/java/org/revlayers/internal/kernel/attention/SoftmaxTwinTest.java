package org.revlayers.internal.kernel.attention;

import static org.revlayers.internal.kernel.TestArrays.assertUlps;
import static org.revlayers.internal.kernel.TestArrays.floats;
import static org.revlayers.internal.kernel.TestArrays.like;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Tolerances;
import org.revlayers.internal.kernel.KernelTwin;

/** Native against portable softmax: within ulps. */
class SoftmaxTwinTest extends KernelTwin<AttentionKernels> {

    SoftmaxTwinTest() {
        super(AttentionKernels.portable(), AttentionKernels.get(), AttentionKernels::on);
    }

    @ParameterizedTest
    @MethodSource("instructionSets")
    void softmax(int isa) {
        on(isa);
        for (int cols : SIZES) {
            INDArray x = floats(1, rows(cols), cols).mul(5);
            INDArray dy = floats(2, rows(cols), cols);
            String what = rows(cols) + "x" + cols;
            both(
                    k -> {
                        INDArray y = like(x);
                        k.softmax(x, y);
                        return List.of(y);
                    },
                    (e, a) -> assertAllSums(e, a, what + " softmax"));
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
        on(isa);
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
