package org.revlayers.internal.kernel.channel;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.internal.kernel.TestArrays.assertGradient;
import static org.revlayers.internal.kernel.TestArrays.assertSame;
import static org.revlayers.internal.kernel.TestArrays.assertUlps;
import static org.revlayers.internal.kernel.TestArrays.assertWithin;
import static org.revlayers.internal.kernel.TestArrays.blank;
import static org.revlayers.internal.kernel.TestArrays.doubles;
import static org.revlayers.internal.kernel.TestArrays.floats;
import static org.revlayers.internal.kernel.TestArrays.like;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Tolerances;
import org.revlayers.internal.kernel.KernelTwin;
import org.revlayers.internal.kernel.NativeRuntime;
import org.revlayers.internal.kernel.TestArrays;
import org.revlayers.internal.kernel.activation.ActivationKernels;

/** {@link ChannelKernels}: native against portable within ulps, and the portable ones against their formulas. */
class ChannelTwinTest extends KernelTwin<ChannelKernels> {

    ChannelTwinTest() {
        super(ChannelKernels.portable(), ChannelKernels.get(), (device, host) -> ChannelKernels.on(device));
    }

    private static final double EPS = 1e-5;

    private static final List<long[]> SHAPES = List.of(
            new long[] {1, 1},
            new long[] {5, 3},
            new long[] {33, 70},
            new long[] {700, 64},
            new long[] {1, 3, 2},
            new long[] {2, 5, 7, 7},
            new long[] {4, 17, 1, 1},
            new long[] {3, 4, 3, 11, 2},
            new long[] {2, 20, 40, 40},
            new long[] {300, 3, 2, 2},
            new long[] {20, 2, 30, 30});

    static Stream<Arguments> cases() {
        return instructionSets().flatMap(isa -> SHAPES.stream().map(shape -> Arguments.of(isa, shape)));
    }

    private static ChannelNorm norm(INDArray x, double eps, boolean affine, boolean relu) {
        DataType type = x.dataType();
        long channels = x.size(1);
        return new ChannelNorm(
                blank(type, channels),
                blank(type, channels),
                eps,
                affine ? TestArrays.random(type, 3, channels) : null,
                affine ? TestArrays.random(type, 4, channels) : null,
                relu);
    }

    /** Few numbers may have a tiny deviation: a large eps keeps 1/σ, which magnifies roundings, of the order of one. */
    private static double eps(long... shape) {
        return shape[0] < 4 ? 1 : EPS;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void forwards(int isa, long[] shape) {
        on(isa);
        INDArray x = floats(1, shape).addi(3);
        for (boolean affine : new boolean[] {false, true}) {
            for (boolean relu : new boolean[] {false, true}) {
                ChannelNorm expected = norm(x, eps(shape), affine, relu);
                ChannelNorm actual = norm(x, eps(shape), affine, relu);
                INDArray yExpected = like(x);
                INDArray yActual = like(x);
                java.forward(x, expected, yExpected);
                fast.forward(x, actual, yActual);
                assertUlps(expected.mean(), actual.mean(), 1, 1, "mean");
                assertUlps(expected.variance(), actual.variance(), 1, 1, "variance");
                assertSums(yExpected, yActual, "y");
                INDArray again = like(x);
                fast.replay(x, actual, again);
                assertSame(yActual, again, "replay");
                again.assign(x);
                fast.forward(again, actual, again);
                assertSame(yActual, again, "in place");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void backwards(int isa, long[] shape) {
        on(isa);
        INDArray x = floats(1, shape).addi(3);
        INDArray dy = floats(2, shape);
        for (boolean affine : new boolean[] {false, true}) {
            for (boolean relu : new boolean[] {false, true}) {
                for (boolean constant : new boolean[] {false, true}) {
                    ChannelNorm norm = norm(x, eps(shape), affine, relu);
                    INDArray y = like(x);
                    fast.forward(x, norm, y);
                    List<INDArray> expected = gradients(java, x, norm, constant, dy);
                    List<INDArray> actual = gradients(fast, x, norm, constant, dy);
                    assertAllSums(expected, actual, "gradients, constant " + constant + ", relu " + relu);
                    INDArray inPlace = dy.dup();
                    fast.backward(new ChannelBackward(x, norm, constant, inPlace, inPlace, null, null));
                    assertSame(actual.get(0), inPlace, "in place, without parameters");
                    INDArray gradient = like(x);
                    ActivationKernels.get().reluBackward(y, dy, gradient);
                    assertSame(dy.mul(y.gt(0).castTo(DataType.FLOAT)), gradient, "relu");
                    if (relu) {
                        ChannelNorm bare = new ChannelNorm(
                                norm.mean(), norm.variance(), norm.eps(), norm.gamma(), norm.beta(), false);
                        List<INDArray> apart = gradients(fast, x, bare, constant, gradient);
                        for (int i = 0; i < apart.size(); i++) {
                            assertSame(apart.get(i), actual.get(i), "fused and apart, " + i);
                        }
                    }
                }
            }
        }
    }

    private static List<INDArray> gradients(
            ChannelKernels kernels, INDArray x, ChannelNorm norm, boolean constant, INDArray dy) {
        INDArray dx = like(x);
        INDArray dGamma = like(norm.mean());
        INDArray dBeta = like(norm.mean());
        kernels.backward(new ChannelBackward(x, norm, constant, dy, dx, dGamma, dBeta));
        return List.of(dx, dGamma, dBeta);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void biases(int isa, long[] shape) {
        on(isa);
        INDArray bias = floats(2, shape[1]);
        INDArray expected = floats(1, shape);
        INDArray actual = expected.dup();
        java.addBias(expected, bias);
        fast.addBias(actual, bias);
        assertSame(expected, actual, "biased");
        INDArray sumExpected = like(bias);
        INDArray sumActual = like(bias);
        java.sums(expected, sumExpected);
        fast.sums(actual, sumActual);
        assertUlps(sumExpected, sumActual, 1, 1, "sums");
    }

    @Test
    void threadsDoNotChangeTheResult() {
        INDArray x = floats(1, 7, 30, 20, 20);
        INDArray dy = floats(2, 7, 30, 20, 20);
        ChannelNorm norm = norm(x, EPS, true, true);
        INDArray y = like(x);
        fast.forward(x, norm, y);
        List<INDArray> expected = gradients(fast, x, norm, false, dy);
        NativeRuntime.setThreads(1);
        INDArray alone = like(x);
        fast.forward(x, norm, alone);
        assertSame(y, alone, "y");
        List<INDArray> actual = gradients(fast, x, norm, false, dy);
        for (int i = 0; i < actual.size(); i++) {
            assertSame(expected.get(i), actual.get(i), "gradient " + i);
        }
    }

    /** The variance of numbers far from zero, whose squares have lost it in fp32. */
    @ParameterizedTest
    @MethodSource("instructionSets")
    void offsetsCostNoDigits(int isa) {
        on(isa);
        INDArray x = floats(1, 8, 3, 50, 50).addi(10_000);
        ChannelNorm expected = norm(x.castTo(DataType.DOUBLE), EPS, false, false);
        ChannelNorm actual = norm(x, EPS, false, false);
        java.forward(x.castTo(DataType.DOUBLE), expected, like(x.castTo(DataType.DOUBLE)));
        fast.forward(x, actual, like(x));
        assertUlps(expected.mean(), actual.mean(), 1, 1, "mean");
        assertUlps(expected.variance(), actual.variance(), 1, 1, "variance");
    }

    @Test
    void statisticsAreThoseOfTheFormula() {
        INDArray x = doubles(1, 4, 3, 2, 5);
        ChannelNorm norm = norm(x, EPS, true, false);
        INDArray y = like(x);
        java.forward(x, norm, y);
        assertWithin(x.mean(0, 2, 3), norm.mean(), Tolerances.DOUBLE_SUM, "mean");
        assertWithin(x.var(false, 0, 2, 3), norm.variance(), Tolerances.DOUBLE_SUM, "variance");
        long[] per = {1, 3, 1, 1};
        INDArray rstd = Nd4j.math().rsqrt(norm.variance().add(EPS)).reshape(per);
        INDArray z = x.sub(norm.mean().reshape(per)).mul(rstd);
        INDArray expected = z.mul(norm.gamma().reshape(per)).add(norm.beta().reshape(per));
        assertWithin(expected, y, Tolerances.DOUBLE_SUM, "y");
    }

    @Test
    void gradientsAreThoseOfTheForward() {
        for (long[] shape : List.of(new long[] {4, 3, 2, 5}, new long[] {6, 4})) {
            for (boolean relu : new boolean[] {false, true}) {
                INDArray x = doubles(1, shape);
                INDArray dy = doubles(2, shape);
                ChannelNorm norm = norm(x, EPS, true, relu);
                java.forward(x, norm, like(x));
                List<INDArray> gradients = gradients(java, x, norm, false, dy);
                assertGradient(at -> loss(at, norm(x, EPS, true, relu), dy), x, gradients.get(0), "dx");
                assertGradient(
                        at -> loss(
                                x,
                                new ChannelNorm(
                                        norm.mean().dup(), norm.variance().dup(), EPS, at, norm.beta(), relu),
                                dy),
                        norm.gamma(),
                        gradients.get(1),
                        "dGamma");
                assertGradient(
                        at -> loss(
                                x,
                                new ChannelNorm(
                                        norm.mean().dup(), norm.variance().dup(), EPS, norm.gamma(), at, relu),
                                dy),
                        norm.beta(),
                        gradients.get(2),
                        "dBeta");
                INDArray constant = gradients(java, x, norm, true, dy).get(0);
                assertGradient(
                        at -> {
                            INDArray y = like(at);
                            java.replay(at, norm, y);
                            return y.mul(dy).sumNumber().doubleValue();
                        },
                        x,
                        constant,
                        "dx with constant statistics");
            }
        }
    }

    private double loss(INDArray x, ChannelNorm norm, INDArray dy) {
        INDArray y = like(x);
        java.forward(x, norm, y);
        return y.mul(dy).sumNumber().doubleValue();
    }

    @Test
    void badArgumentsAreNamed() {
        INDArray x = floats(1, 2, 3, 4);
        ChannelNorm norm = norm(x, EPS, true, false);
        for (ChannelKernels kernels : List.of(java, fast)) {
            bad("y must have 24", () -> kernels.forward(x, norm, floats(1, 3)));
            bad("[mb, channels, ...]", () -> kernels.forward(floats(1, 3), norm, floats(1, 3)));
            bad("x must be a non-empty C-contiguous", () -> kernels.forward(x.permute(1, 0, 2), norm, x));
            bad("gamma must have 3", () -> kernels.forward(x, other(norm, floats(1, 2)), x));
            bad(
                    "dx must not share",
                    () -> kernels.backward(new ChannelBackward(x, norm, false, x.dup(), x, null, null)));
            bad(
                    "dGamma must have 3",
                    () -> kernels.backward(new ChannelBackward(x, norm, false, x, x.dup(), floats(1, 2), null)));
            bad("dy must have 24", () -> ActivationKernels.get().reluBackward(x, floats(1, 3), x));
            bad("bias must have 3", () -> kernels.addBias(x, floats(1, 2)));
            bad("out must have 3", () -> kernels.sums(x, floats(1, 2)));
            bad("x must not be null", () -> kernels.replay(null, norm, x));
        }
    }

    private static ChannelNorm other(ChannelNorm norm, INDArray gamma) {
        return new ChannelNorm(norm.mean(), norm.variance(), norm.eps(), gamma, null, false);
    }

    private static void bad(String invariant, org.junit.jupiter.api.function.Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(invariant), message);
    }
}
