package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.reversible.Streams;
import org.revlayers.layers.Compare;
import org.revlayers.layers.Tolerances;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamType;

/** How far floating-point streams come back: err ≤ 20·u·gⁿ, g the growth per sub-block; and the scale that α + β = 1 keeps. */
class ChainPrecisionTest {

    private static final double UNIT = 0x1p-53;

    static Stream<Arguments> points() {
        return Stream.of(
                        new int[] {16, 1},
                        new int[] {16, 2},
                        new int[] {16, 4},
                        new int[] {16, 8},
                        new int[] {16, 16},
                        new int[] {14, 2},
                        new int[] {12, 4},
                        new int[] {8, 8},
                        new int[] {4, 12},
                        new int[] {2, 14},
                        new int[] {0, 16})
                .flatMap(c -> Stream.of(4, 8).map(n -> Arguments.of(new Coefficients(c[0], c[1], 16), n)));
    }

    private static double bound(Coefficients c, int n) {
        return 20 * UNIT * Math.pow(c.errorGrowth(), n);
    }

    private static double relative(INDArray expected, INDArray actual) {
        return expected.distance2(actual) / expected.norm2Number().doubleValue();
    }

    @ParameterizedTest(name = "{0}, {1} sub-blocks")
    @MethodSource("points")
    void theInverseIsAsPreciseAsPredicted(Coefficients c, int n) {
        INDArray input = ChainNets.flatData(DataType.DOUBLE, 4).getFeatures();
        List<INDArray> weights = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            INDArray w = Transforms.sin(Nd4j.linspace(DataType.DOUBLE, i, 1.3, 64));
            weights.add(w.reshape('c', 8, 8).muli(0.4)); // the prediction neglects what F adds to an error
        }
        StreamArrays arrays = new StreamArrays(Streams.of(StreamType.DOUBLE, 0, Arena.current()), Arena.current());
        arrays.take(input.shape());
        Streams streams = arrays.streams();
        streams.begin(input, c);
        INDArray x = input.dup();
        for (INDArray w : weights) {
            streams.couple(Transforms.tanh(x.mmul(w)), c, null, x);
        }
        for (int i = n - 1; i >= 0; i--) {
            streams.restoreInput(c, null, x);
            streams.restorePrevious(Transforms.tanh(x.mmul(weights.get(i))), c);
        }
        INDArray y = input.dup();
        streams.x(x);
        streams.y(y);
        arrays.release();
        double error = relative(input, x);
        assertTrue(error <= bound(c, n), () -> "x comes back with " + error + ", bound " + bound(c, n));
        double other = relative(input.mul(c.beta()), y);
        assertTrue(other <= bound(c, n) * Math.max(1, c.errorGrowth()), () -> "y comes back with " + other);
    }

    private static MultiLayerNetwork net(DataType type, int n, double alpha, double beta) {
        return ChainNets.net(
                ChainNets.transformer(n)
                        .streams(type == DataType.DOUBLE ? StreamType.DOUBLE : StreamType.FLOAT)
                        .schedule(CoefficientSchedule.builder()
                                .alphaStart(alpha)
                                .alphaEnd(alpha)
                                .betaStart(beta)
                                .betaEnd(beta)
                                .steps(16)
                                .build())
                        .tolerance(0.999) // so large that there are no anchors
                        .build(),
                type);
    }

    private static double gradientError(DataType type, MultiLayerNetwork reverse) {
        DataSet data = ChainNets.data(type, 4);
        INDArray expected = ChainNets.gradient(ChainNets.net(reverse, c -> c.setMode(ChainMode.STORE)), data);
        return relative(expected, ChainNets.gradient(reverse, data));
    }

    @ParameterizedTest(name = "{0}, {1} sub-blocks")
    @MethodSource("points")
    void gradientsAreAsPreciseAsPredicted(Coefficients c, int n) {
        double error = gradientError(DataType.DOUBLE, net(DataType.DOUBLE, n, c.alpha(), c.beta()));
        assertTrue(error <= bound(c, n), () -> "error " + error + ", bound " + bound(c, n));
        assertTrue(c.errorGrowth() > 3 || error < 1e-9);
    }

    @ParameterizedTest
    @CsvSource({"0.3125, 0.6875, 12, 1e-4", "0, 1, 24, 1e-5"})
    void floatStreams(double alpha, double beta, int n, double limit) {
        double error = gradientError(DataType.FLOAT, net(DataType.FLOAT, n, alpha, beta));
        assertTrue(error > 0 && error < limit, () -> "error " + error);
    }

    private static MultiLayerNetwork zero(DataType type, Coefficients c, ChainMode mode, boolean isZero) {
        ReversibleChain.Builder chain =
                new ReversibleChain.Builder().mode(mode).schedule(CoefficientSchedule.constant(c.alpha(), c.beta()));
        for (int i = 0; i < 6; i++) {
            chain.subBlock(SubBlock.of(
                    "f" + i,
                    new DenseLayer.Builder()
                            .nOut(ChainNets.FEATURES)
                            .weightInit(isZero ? WeightInit.ZERO : WeightInit.XAVIER)
                            .activation(Activation.TANH)
                            .build()));
        }
        return ChainNets.net(chain.build(), type, InputType.feedForward(ChainNets.FEATURES), o -> {});
    }

    private static INDArray chainOutput(MultiLayerNetwork net, INDArray x) {
        return net.feedForwardToLayer(0, x, false).get(1);
    }

    @Test
    void scaleIsKeptOnTheLine() {
        for (int b = 1; b <= 8; b++) {
            Coefficients c = new Coefficients(8 - b, b, 8);
            for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
                INDArray x = ChainNets.flatData(type, 4).getFeatures();
                // Integer streams round towards −∞, by less than two units of 2⁻²⁰ in each of six sub-blocks.
                double tolerance = type == DataType.DOUBLE ? Tolerances.DOUBLE_ORDER : 12 * 0x1p-20;
                Compare.near(x, chainOutput(zero(type, c, ChainMode.REVERSE, true), x), tolerance, c + ", F = 0");
            }
        }
    }

    @Test
    void withoutBetaItIsThePretrainedNetwork() {
        for (ChainMode mode : new ChainMode[] {ChainMode.STORE, ChainMode.CHECKPOINT}) {
            MultiLayerNetwork net = zero(DataType.DOUBLE, new Coefficients(1, 0, 1), mode, false);
            INDArray x = ChainNets.flatData(DataType.DOUBLE, 4).getFeatures();
            INDArray out = chainOutput(net, x);
            for (int i = 0; i < 6; i++) {
                INDArray u = x.mmul(net.getParam("0_f" + i + ".0.W")).addRowVector(net.getParam("0_f" + i + ".0.b"));
                x = Transforms.tanh(u).addi(x);
            }
            Compare.same(x, out, "x + F(x), " + mode);
        }
    }
}
