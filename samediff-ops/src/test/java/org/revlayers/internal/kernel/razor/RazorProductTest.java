package org.revlayers.internal.kernel.razor;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.internal.kernel.TestArrays.assertBits;
import static org.revlayers.internal.kernel.TestArrays.assertWithin;
import static org.revlayers.internal.kernel.TestArrays.blank;
import static org.revlayers.internal.kernel.TestArrays.bytes;
import static org.revlayers.internal.kernel.TestArrays.floats;
import static org.revlayers.internal.kernel.TestArrays.like;
import static org.revlayers.internal.kernel.TestArrays.random;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Tolerances;
import org.revlayers.internal.kernel.KernelTwin;
import org.revlayers.internal.kernel.NativeRuntime;
import org.revlayers.keep.RazorValues;

/** The weight gradient from the stored form: portable against the dense product, native against java. */
class RazorProductTest extends KernelTwin<RazorKernels> {

    RazorProductTest() {
        super(RazorKernels.portable(), RazorKernels.get(), RazorKernels::on);
    }

    /** {batch, rows of a sample, in, out}: odd ones, more than a panel of rows, blocks that are full and not, one element. */
    static Stream<int[]> shapes() {
        return Stream.of(new int[][] {
            {1, 1, 1, 1},
            {3, 1, 5, 7},
            {2, 3, 13, 33},
            {5, 7, 3, 128},
            {2, 197, 67, 131},
            {9, 61, 100, 300},
            {1, 600, 70, 129}
        });
    }

    private record Stored(RazorLayout layout, INDArray bitmap, INDArray values, INDArray ranges, RazorSides sides) {

        static Stored of(RazorKernels kernels, INDArray x, RazorLayout layout) {
            INDArray ranges = layout.rangeCount() == 0 ? null : Nd4j.create(DataType.FLOAT, layout.rangeCount());
            INDArray bitmap = bytes(layout.bitmapBytes());
            INDArray values = Nd4j.create(layout.values().type(x.dataType()), layout.valueCount());
            kernels.compress(x, new RazorArrays(layout, bitmap, values, ranges));
            return new Stored(layout, bitmap, values, ranges, null);
        }

        /** The same with means for what was dropped. */
        Stored with(RazorKernels kernels, INDArray x) {
            RazorSides means = new RazorSides(
                    layout, bitmap, bytes(layout.bitmapBytes()), Nd4j.create(DataType.FLOAT, 2 * layout.batch()));
            kernels.sides(x, means);
            return new Stored(layout, bitmap, values, ranges, means);
        }

        RazorArrays arrays() {
            return new RazorArrays(layout, bitmap, values, ranges);
        }

        INDArray gradient(RazorKernels kernels, INDArray dy, INDArray start) {
            INDArray dw = start.dup();
            kernels.weightGradient(arrays(), sides, dy, dw, true);
            INDArray fresh = like(start);
            kernels.weightGradient(arrays(), sides, dy, fresh, false);
            return Nd4j.concat(0, dw, fresh);
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void portableIsTheDenseProduct(int[] shape) {
        int rows = shape[0] * shape[1];
        INDArray x = random(DataType.DOUBLE, 1, shape[0], shape[1], shape[2]);
        INDArray dy = random(DataType.DOUBLE, 2, rows, shape[3]);
        INDArray start = random(DataType.DOUBLE, 3, shape[2], shape[3]);
        for (RazorValues type : RazorValues.values()) {
            Stored stored = Stored.of(java, x, RazorLayout.of(0.8, type, x.shape()));
            for (Stored some : List.of(stored, stored.with(java, x))) {
                INDArray dense = like(x);
                java.decompress(some.arrays(), dense);
                if (some.sides != null) {
                    java.fill(some.sides, dense);
                }
                INDArray product = dense.reshape(rows, shape[2]).transpose().mmul(dy);
                assertWithin(
                        Nd4j.concat(0, product.add(start), product),
                        some.gradient(java, dy, start),
                        Tolerances.DOUBLE_SUM,
                        type.label());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void nativeIsPortable(int[] shape) {
        INDArray x = floats(1, shape[0], shape[1], shape[2]);
        INDArray dy = floats(2, (long) shape[0] * shape[1], shape[3]);
        INDArray start = floats(3, shape[2], shape[3]);
        for (RazorValues type : RazorValues.values()) {
            for (double ratio : new double[] {0, 0.5, 0.9}) {
                Stored stored = Stored.of(fast, x, RazorLayout.of(ratio, type, x.shape()));
                nativeIsPortable(stored, dy, start);
                nativeIsPortable(stored.with(fast, x), dy, start);
            }
        }
    }

    private void nativeIsPortable(Stored stored, INDArray dy, INDArray start) {
        INDArray expected = stored.gradient(java, dy, start);
        for (int isa : instructionSets().toList()) {
            on(isa);
            NativeRuntime.setThreads(2);
            INDArray actual = stored.gradient(fast, dy, start);
            assertSums(expected, actual, stored.layout + ", " + stored.sides + ", instruction set " + isa);
            for (int threads : isa == EMULATED ? new int[] {1} : new int[] {1, 5}) {
                NativeRuntime.setThreads(threads);
                assertBits(actual, stored.gradient(fast, dy, start), "threads " + threads);
            }
        }
    }

    static Stream<Arguments> rules() {
        return instructionSets().flatMap(isa -> Stream.of(RazorTies.values()).map(rule -> Arguments.of(isa, rule)));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void emptyAndBrokenActivations(int isa, RazorTies rule) {
        on(isa);
        INDArray zeros = Nd4j.zeros(DataType.FLOAT, 2, 10, 6);
        INDArray dy = floats(2, 20, 9);
        INDArray start = floats(3, 6, 9);
        RazorLayout layout = new RazorLayout(2, 60, 50, 60, RazorValues.FULL, rule);
        INDArray broken = zeros.dup();
        broken.putScalar(0, Float.NaN);
        for (RazorKernels kernels : List.of(java, fast)) {
            INDArray none = Stored.of(kernels, zeros, layout).gradient(kernels, dy, start);
            assertBits(Nd4j.concat(0, start, like(start).assign(0)), none.add(0f), "zeros");
            INDArray some = Stored.of(kernels, broken, layout).gradient(kernels, dy, start);
            assertTrue(Double.isNaN(some.getDouble(0, 3)), "the broken column");
            assertWithin(start.getRow(1), some.getRow(1), 0, "another column");
        }
    }

    /** An infinity of dy does not meet the zero of what is not kept. */
    @ParameterizedTest
    @MethodSource("instructionSets")
    void whatIsNotKeptTakesNoPart(int isa) {
        on(isa);
        INDArray x = Nd4j.createFromArray(new float[][] {{5, 1, -4, 2}}).reshape(1, 2, 2);
        INDArray dy = Nd4j.createFromArray(new float[][] {{Float.POSITIVE_INFINITY, 1, 2}, {3, Float.NaN, 4}});
        for (RazorKernels kernels : List.of(java, fast)) {
            Stored stored = Stored.of(kernels, x, RazorLayout.of(0.75, RazorValues.FULL, x.shape())); // 5 and -4
            INDArray dw = Nd4j.create(DataType.FLOAT, 2, 3);
            kernels.weightGradient(
                    new RazorArrays(stored.layout, stored.bitmap, stored.values, stored.ranges), null, dy, dw, true);
            assertBits(
                    Nd4j.createFromArray(new float[][] {{Float.POSITIVE_INFINITY, Float.NaN, -6}, {0, 0, 0}}),
                    dw,
                    "dw");
        }
    }

    @Test
    void badArgumentsAreNamed() {
        INDArray x = floats(1, 2, 12);
        for (RazorKernels kernels : List.of(java, fast)) {
            Stored s = Stored.of(kernels, x, RazorLayout.of(0.5, RazorValues.FP16, 2, 12));
            bad("whole rows of in", kernels, s, floats(1, 8, 3), floats(1, 5, 3));
            bad("whole rows of in", kernels, s, floats(1, 8, 3), floats(1, 3));
            bad("dy must have 24", kernels, s, floats(1, 7, 3), blank(DataType.FLOAT, 3, 3));
            Stored other = Stored.of(kernels, x, RazorLayout.of(0.25, RazorValues.FP16, 2, 12))
                    .with(kernels, x);
            Executable mixed = () -> kernels.weightGradient(
                    s.arrays(), other.sides, floats(1, 8, 3), blank(DataType.FLOAT, 3, 3), false);
            String said = assertThrows(IllegalArgumentException.class, mixed).getMessage();
            assertTrue(said.contains("sides must be of the layout"), said);
            bad("dw must not be null", kernels, s, floats(1, 7, 3), null);
            bad(
                    "bitmap must not be null",
                    kernels,
                    new Stored(s.layout, null, s.values, null, null),
                    x,
                    floats(1, 12, 12));
        }
    }

    private static void bad(String invariant, RazorKernels kernels, Stored s, INDArray dy, INDArray dw) {
        String message = assertThrows(
                        IllegalArgumentException.class, () -> kernels.weightGradient(s.arrays(), null, dy, dw, false))
                .getMessage();
        assertTrue(message.contains(invariant), message);
    }
}
