package org.revlayers.internal.kernel.activation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.revlayers.internal.kernel.TestArrays.adversarial;
import static org.revlayers.internal.kernel.TestArrays.assertSame;
import static org.revlayers.internal.kernel.TestArrays.assertUlps;
import static org.revlayers.internal.kernel.TestArrays.atOffset;
import static org.revlayers.internal.kernel.TestArrays.bytes;
import static org.revlayers.internal.kernel.TestArrays.floats;
import static org.revlayers.internal.kernel.TestArrays.like;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.Tolerances;
import org.revlayers.function.Curve;
import org.revlayers.internal.kernel.KernelTwin;
import org.revlayers.internal.kernel.PackedBits;

/** Native against portable elementwise kernels: codes and masks bit for bit on awkward numbers, values within ulps. */
class ActivationTwinTest extends KernelTwin<ActivationKernels> {

    ActivationTwinTest() {
        super(ActivationKernels.portable(), ActivationKernels.get(), (device, host) -> ActivationKernels.on(device));
    }

    static Stream<Arguments> curves() {
        return instructionSets().flatMap(isa -> Stream.of(Curve.values()).map(curve -> Arguments.of(isa, curve)));
    }

    @ParameterizedTest
    @MethodSource("curves")
    void activations(int isa, Curve curve) {
        on(isa);
        for (int n : SIZES) {
            INDArray x = adversarial(curve, n);
            both(
                    k -> {
                        INDArray y = like(x);
                        INDArray code = bytes(Curve.codeBytes(n));
                        k.forward(ActivationForward.of(curve, atOffset(x), y).withCode(code));
                        return List.of(code, y);
                    },
                    (e, a) -> {
                        assertEquals(e.get(0), a.get(0), curve + " codes of " + n);
                        assertUlps(e.get(1), a.get(1), Tolerances.FUNCTION_ULPS, floor(curve), curve + " of " + n);
                    });
        }
    }

    @ParameterizedTest
    @MethodSource("curves")
    void derivatives(int isa, Curve curve) {
        on(isa);
        for (int n : SIZES) {
            INDArray x = adversarial(curve, n);
            INDArray dy = floats(n, n);
            both(
                    k -> {
                        INDArray dx = like(x);
                        k.backward(curve, x, dy, dx);
                        return List.of(dx);
                    },
                    // Around its zero near −0.75 the derivative is a difference of numbers of up to one.
                    (e, a) ->
                            assertUlps(e.get(0), a.get(0), Tolerances.FUNCTION_ULPS, 1, curve + " derivative of " + n));
            INDArray code = bytes(Curve.codeBytes(n));
            java.forward(ActivationForward.of(curve, x, like(x)).withCode(code));
            both(
                    k -> {
                        INDArray dx = like(x);
                        k.codeBackward(curve, code, x, dx);
                        return List.of(dx);
                    },
                    (e, a) -> assertSame(e.get(0), a.get(0), curve + " gradient from codes of " + n));
        }
    }

    @ParameterizedTest
    @MethodSource("curves")
    void biasedActivations(int isa, Curve curve) {
        on(isa);
        for (int cols : SIZES) {
            INDArray x = floats(cols, 5, cols).mul(4);
            INDArray bias = floats(cols + 1, cols);
            String what = curve + " of 5x" + cols;
            both(
                    k -> {
                        INDArray y = like(x);
                        INDArray pre = like(x);
                        INDArray code = bytes(Curve.codeBytes(x.length()));
                        k.forward(new ActivationForward(curve, x, bias, pre, y, code));
                        return List.of(code, pre, y);
                    },
                    (e, a) -> {
                        assertEquals(e.get(0), a.get(0), what + " codes");
                        assertSame(e.get(1), a.get(1), what + " x + bias");
                        assertUlps(e.get(2), a.get(2), Tolerances.FUNCTION_ULPS, floor(curve), what);
                    });
        }
    }

    @ParameterizedTest
    @MethodSource("instructionSets")
    void masks(int isa) {
        on(isa);
        for (int n : SIZES) {
            INDArray x = adversarial(Curve.GELU, n);
            both(
                    k -> {
                        INDArray mask = bytes(PackedBits.maskBytes(n));
                        INDArray y = like(x);
                        INDArray dx = like(x);
                        k.relu(x, y, mask);
                        k.maskBackward(mask, 1 / 0.7, x, dx);
                        return List.of(mask, y, dx);
                    },
                    (e, a) -> {
                        assertEquals(e.get(0), a.get(0), "relu mask of " + n);
                        assertSame(e.get(1), a.get(1), "relu of " + n);
                        assertSame(e.get(2), a.get(2), "masked gradient of " + n);
                    });
        }
    }

    @ParameterizedTest
    @MethodSource("instructionSets")
    void dropout(int isa) {
        on(isa);
        for (int n : SIZES) {
            INDArray x = adversarial(Curve.GELU, n);
            for (double p : new double[] {0, 0.1, 0.5, 1 - 0x1p-40}) {
                both(
                        k -> {
                            INDArray mask = bytes(PackedBits.maskBytes(n));
                            INDArray y = like(x);
                            k.dropout(x, p, 0x123456789abcdefL, y, mask);
                            return List.of(mask, y);
                        },
                        (e, a) -> {
                            assertEquals(e.get(0), a.get(0), "dropout mask of " + n + ", p " + p);
                            assertSame(e.get(1), a.get(1), "dropout of " + n + ", p " + p);
                        });
            }
        }
    }

    /** Down to where a curve keeps its relative accuracy in fp32. */
    private static double floor(Curve curve) {
        return switch (curve) {
            case GELU -> 1e-34; // the tail's exponential becomes subnormal
            case GELU_TANH -> 0.1; // a cubic, rounded, is the exponent: its error grows with its size
            case SILU -> 3e-30; // e^88.8 overflows, so that the tail is zero from there on: 3e-37 is an ulp of 3e-30
        };
    }
}
