package org.revlayers.keep;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.internal.kernel.TestArrays.assertBits;
import static org.revlayers.internal.kernel.TestArrays.atOffset;
import static org.revlayers.internal.kernel.TestArrays.blank;
import static org.revlayers.internal.kernel.TestArrays.bytes;
import static org.revlayers.internal.kernel.TestArrays.floats;
import static org.revlayers.internal.kernel.TestArrays.like;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.internal.kernel.KernelTwin;
import org.revlayers.internal.kernel.NativeRuntime;
import org.revlayers.internal.kernel.razor.RazorArrays;
import org.revlayers.internal.kernel.razor.RazorKernels;
import org.revlayers.internal.kernel.razor.RazorLayout;
import org.revlayers.internal.kernel.razor.RazorSides;
import org.revlayers.internal.kernel.razor.RazorTwinTest;

/** {@link RazorFill#MEAN}: what it stores, and native against portable on every instruction set, with one thread, two and three. */
class RazorFillTest extends KernelTwin<RazorKernels> {

    RazorFillTest() {
        super(RazorKernels.portable(), RazorKernels.get(), RazorKernels::on);
    }

    private static final double ONE_ULP = Math.ulp(1f);

    /** What is stored of an activation, and x̂. */
    private record Stored(INDArray bitmap, INDArray positive, INDArray means, INDArray dense) {}

    private static Stored run(RazorKernels kernels, INDArray x, RazorLayout layout) {
        INDArray bitmap = bytes(layout.bitmapBytes());
        INDArray values = blank(layout.values().type(x.dataType()), layout.valueCount());
        INDArray positive = bytes(layout.bitmapBytes());
        INDArray means = blank(DataType.FLOAT, 2 * layout.batch());
        INDArray dense = like(x);
        kernels.compress(x, new RazorArrays(layout, bitmap, values, null));
        kernels.sides(x, new RazorSides(layout, bitmap, positive, means));
        kernels.decompress(new RazorArrays(layout, bitmap, values, null), dense);
        kernels.fill(new RazorSides(layout, bitmap, positive, means), dense);
        return new Stored(bitmap, positive, means, dense);
    }

    @Test
    void droppedElementsAreTheMeanOfTheirSide() {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16)) {
            INDArray x = Nd4j.createFromArray(new double[][] {
                        {1, -2, 8, 0, 3, -4, -9, 0},
                        {1, 2, 3, 0, 0, 0, 0, 20}
                    })
                    .castTo(type);
            RazorLayout layout = RazorLayout.of(0.85, RazorValues.FULL, 2, 8); // k = 6: three are kept
            Stored stored = run(fast, x, layout);
            // kept: 8, -4, -9 and 2, 3, 20; dropped: 1, 3 and -2, 0, 0; 1 and four zeros
            assertArrayEquals(new float[] {2, -2f / 3, 1, 0}, stored.means().toFloatVector(), 1e-6f);
            assertArrayEquals(
                    new double[] {2, -2 / 3.0, 8, -2 / 3.0, 2, -4, -9, -2 / 3.0, 1, 2, 3, 0, 0, 0, 0, 20},
                    stored.dense().castTo(DataType.DOUBLE).reshape(16).toDoubleVector(),
                    type == DataType.FLOAT16 ? 1e-3 : 1e-6);
        }
    }

    /** The figures of {@link RazorFill#MEAN}'s documentation. */
    @Test
    void mostOfTheEnergyIsThere() {
        INDArray x = floats(3, 1, 200_000);
        RazorLayout layout = RazorLayout.of(0.9, RazorValues.FULL, x.shape());
        double all = x.mul(x).sumNumber().doubleValue();
        INDArray filled = run(fast, x, layout).dense();
        assertEquals(0.83, filled.mul(filled).sumNumber().doubleValue() / all, 0.01);
        INDArray values = blank(DataType.FLOAT, layout.valueCount());
        INDArray bitmap = bytes(layout.bitmapBytes());
        INDArray zeros = like(x);
        fast.compress(x, new RazorArrays(layout, bitmap, values, null));
        fast.decompress(new RazorArrays(layout, bitmap, values, null), zeros);
        assertEquals(0.44, zeros.mul(zeros).sumNumber().doubleValue() / all, 0.01);
    }

    static Stream<int[]> shapes() {
        return RazorTwinTest.shapes();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void nativeIsTheTwin(int[] shape) {
        INDArray x = floats(shape[1], shape[0], shape[1]);
        twins(x);
        twins(atOffset(x));
        twins(Transforms.relu(x, true));
        twins(x.mul(0).addi(-2.5));
        INDArray broken = x.dup();
        broken.putScalar(0, Float.NaN);
        broken.putScalar(x.length() - 1, Float.NEGATIVE_INFINITY);
        twins(broken);
    }

    private void twins(INDArray x) {
        for (double prune : new double[] {0, 0.5, 0.9}) {
            RazorLayout layout = RazorLayout.of(prune, RazorValues.FP16, x.shape());
            Stored expected = run(java, x, layout);
            for (int isa : instructionSets().toList()) {
                on(isa);
                INDArray first = null;
                for (int threads = 1; threads <= (isa == EMULATED ? 1 : 3); threads++) {
                    NativeRuntime.setThreads(threads);
                    String where = layout + ", instruction set " + isa + ", threads " + threads;
                    Stored actual = run(fast, x, layout);
                    assertBits(expected.positive(), actual.positive(), where);
                    for (int i = 0; i < 2 * layout.batch(); i++) {
                        float mean = expected.means().getFloat(i);
                        assertEquals(mean, actual.means().getFloat(i), Math.abs(mean) * ONE_ULP, where);
                    }
                    first = first == null ? actual.means() : first;
                    assertBits(first, actual.means(), where + " against one thread");
                    INDArray dense = like(x);
                    INDArray reference = like(x);
                    fast.fill(
                            new RazorSides(layout, actual.bitmap(), actual.positive(), actual.means()),
                            dense.assign(5));
                    java.fill(
                            new RazorSides(layout, actual.bitmap(), actual.positive(), actual.means()),
                            reference.assign(5));
                    assertBits(reference, dense, where + ", filled");
                }
            }
        }
    }

    @Test
    void arraysThatDoNotFitAreNamed() {
        INDArray x = floats(1, 2, 40);
        RazorLayout layout = RazorLayout.of(0.5, RazorValues.FULL, 2, 40);
        for (RazorKernels kernels : List.of(java, fast)) {
            bad(
                    "means must have 4",
                    () -> kernels.sides(x, new RazorSides(layout, bytes(10), bytes(10), floats(1, 2))));
            bad(
                    "positive must have 10",
                    () -> kernels.fill(new RazorSides(layout, bytes(10), bytes(9), floats(1, 4)), x));
        }
    }

    private static void bad(String invariant, org.junit.jupiter.api.function.Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(invariant), message);
    }
}
