package org.revlayers.internal.kernel.linear;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.revlayers.internal.kernel.TestArrays.assertSame;
import static org.revlayers.internal.kernel.TestArrays.blank;
import static org.revlayers.internal.kernel.TestArrays.floats;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.KernelTwin;

/** Native against portable bias and column sums: plain additions bit for bit, sums within ulps. */
class LinearTwinTest extends KernelTwin<LinearKernels> {

    LinearTwinTest() {
        super(LinearKernels.portable(), LinearKernels.get(), (device, host) -> LinearKernels.on(device));
    }

    @ParameterizedTest
    @MethodSource("instructionSets")
    void biasesAndSums(int isa) {
        on(isa);
        for (int cols : SIZES) {
            INDArray x = floats(1, rows(cols), cols).mul(5);
            INDArray bias = floats(3, cols);
            String what = rows(cols) + "x" + cols;
            both(
                    k -> {
                        INDArray biased = x.dup('c');
                        INDArray sums = blank(DataType.FLOAT, cols);
                        k.addBias(biased, bias);
                        k.columnSums(x, sums);
                        return List.of(biased, sums);
                    },
                    (e, a) -> {
                        assertSame(e.get(0), a.get(0), what + " bias");
                        assertAllSums(e, a, what + " bias, column sums");
                    });
        }
    }

    /** More rows than are summed at once. */
    @ParameterizedTest
    @MethodSource("instructionSets")
    void sumsOverManyRows(int isa) {
        on(isa);
        for (int[] shape : new int[][] {{128, 33}, {129, 70}, {5000, 3}}) {
            INDArray x = floats(1, shape[0], shape[1]);
            both(
                    k -> {
                        INDArray sums = blank(DataType.FLOAT, shape[1]);
                        k.columnSums(x, sums);
                        return List.of(sums);
                    },
                    (e, a) -> assertAllSums(e, a, "column sums of " + shape[0] + "x" + shape[1]));
        }
    }

    /** Rows of the table that none is added to, one, and many, in the order of x whatever the number of threads. */
    @ParameterizedTest
    @MethodSource("instructionSets")
    void rowsAreAddedInOrder(int isa) {
        on(isa);
        for (int[] shape : new int[][] {{1, 1}, {5, 3}, {67, 33}, {1024, 384}}) {
            INDArray x = floats(1, shape[0], shape[1]);
            INDArray table = floats(2, shape[0] / 2 + 1, shape[1]);
            int[] at = new int[shape[0]];
            Arrays.setAll(at, i -> (i * 7 + i / 3) % (i % 2 == 0 ? 1 : shape[0] / 2 + 1));
            both(
                    k -> {
                        INDArray sums = table.dup('c');
                        k.scatterAdd(x, at, sums);
                        return List.of(sums);
                    },
                    (e, a) -> assertSame(e.get(0), a.get(0), "rows added, " + shape[0] + "x" + shape[1]));
        }
    }

    @Test
    void rowsThatAreNotThereAreRefused() {
        INDArray x = floats(1, 2, 3);
        INDArray table = floats(2, 4, 3);
        INDArray before = table.dup();
        assertThrows(IllegalArgumentException.class, () -> LinearKernels.get().scatterAdd(x, new int[] {0, 4}, table));
        assertThrows(IllegalArgumentException.class, () -> LinearKernels.get().scatterAdd(x, new int[] {-1, 0}, table));
        assertThrows(IllegalArgumentException.class, () -> LinearKernels.get().scatterAdd(x, new int[] {0}, table));
        assertThrows(IllegalArgumentException.class, () -> LinearKernels.get()
                .scatterAdd(x, new int[] {0, 1}, floats(2, 4, 2)));
        assertThrows(IllegalArgumentException.class, () -> LinearKernels.get()
                .scatterAdd(x, new int[] {0, 1}, table.castTo(DataType.DOUBLE)));
        assertThrows(IllegalArgumentException.class, () -> LinearKernels.get()
                .scatterAdd(x, new int[] {0, 1}, table.dup('f')));
        assertSame(before, table, "untouched");
    }

    private static int rows(int cols) {
        return cols > 10_000 ? 2 : cols > 1000 ? 9 : 67;
    }
}
