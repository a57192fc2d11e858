package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;
import org.revlayers.reversible.StreamType;

/** The central claim: rebuilding the activations gives the gradients that storing them gives. */
class ChainGradientTest {

    static Stream<Arguments> points() {
        return Stream.of(
                        new double[] {1, 0.125},
                        new double[] {1, 0.25},
                        new double[] {0.875, 0.125},
                        new double[] {0.5, 0.5},
                        new double[] {0.25, 0.75},
                        new double[] {0, 1})
                .flatMap(c -> Stream.of(2, 24).map(n -> Arguments.of(c[0], c[1], n)));
    }

    @ParameterizedTest
    @MethodSource("points")
    void exactStreamsGiveTheSameBitsInAllModes(double alpha, double beta, int n) {
        MultiLayerNetwork reverse = ChainNets.net(
                ChainNets.transformer(n)
                        .schedule(CoefficientSchedule.constant(alpha, beta))
                        .build(),
                DataType.FLOAT);
        DataSet data = ChainNets.data(DataType.FLOAT, 4);
        INDArray expected = ChainNets.gradient(reverse, data);
        assertTrue(expected.norm2Number().doubleValue() > 0.01);
        assertEquals(1, ((ChainHost) reverse.getLayer(0)).verifiedReconstructions());
        for (ChainMode mode : ChainMode.values()) {
            MultiLayerNetwork other = ChainNets.net(reverse, c -> c.setMode(mode));
            assertEquals(reverse.output(data.getFeatures()), other.output(data.getFeatures()), "output, " + mode);
            assertSameBits(expected, ChainNets.gradient(other, data), mode.toString());
        }
        MultiLayerNetwork mixed = ChainNets.net(reverse, c -> {
            for (int i = 0; i < n; i++) {
                c.getSubBlocks().get(i).setMode(ChainMode.values()[i * 7 % 3]);
            }
        });
        assertSameBits(expected, ChainNets.gradient(mixed, data), "mixed modes");
    }

    private static void assertSameBits(INDArray expected, INDArray actual, String what) {
        assertTrue(
                expected.equalsWithEps(actual, 0),
                what + ": largest difference " + expected.sub(actual).amaxNumber());
    }

    @ParameterizedTest
    @CsvSource({"BETA_X0,X_ONLY", "ZERO,X_ONLY", "BETA_X0,AVERAGE", "SPLIT,CONCAT", "BETA_X0,CONCAT", "ZERO,AVERAGE"})
    void gradientsEqualFiniteDifferences(StreamStart start, StreamMerge merge) {
        ReversibleChain chain = ChainNets.transformer(3)
                .schedule(CoefficientSchedule.constant(0.5, 0.5))
                .start(start)
                .merge(merge)
                .build();
        MultiLayerNetwork net = new MultiLayerNetwork(ChainNets.conf(
                chain,
                DataType.DOUBLE,
                new org.nd4j.linalg.learning.config.NoOp(),
                org.deeplearning4j.nn.conf.WorkspaceMode.ENABLED));
        net.init();
        net.initGradientsView();
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
        ChainNets.assertGradients(net, ChainNets.data(DataType.DOUBLE, 2));
    }

    @AfterEach
    void useFloatAgain() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    @Test
    void floatStreamsAreAnchoredWhereTheyWouldLoseTheirDigits() {
        DataSet data = ChainNets.data(DataType.FLOAT, 4);
        for (double[] c : new double[][] {{1, 0.125}, {0.5, 0.5}, {0.25, 0.75}, {0, 1}}) {
            MultiLayerNetwork reverse = ChainNets.net(
                    ChainNets.transformer(12)
                            .streams(StreamType.FLOAT)
                            .schedule(CoefficientSchedule.constant(c[0], c[1]))
                            .build(),
                    DataType.FLOAT);
            MultiLayerNetwork store = ChainNets.net(reverse, r -> r.setMode(ChainMode.STORE));
            INDArray expected = ChainNets.gradient(store, data);
            double error = expected.distance2(ChainNets.gradient(reverse, data))
                    / expected.norm2Number().doubleValue();
            assertTrue(error < 1e-3, "at " + c[0] + ", " + c[1] + " relative error " + error);
        }
    }
}
