package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.layers.Compare;
import org.revlayers.layers.Tolerances;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;
import org.revlayers.reversible.StreamType;

/** The momentum form, v' = γ·v + (1 − γ)·F(x), x' = x + v', as a coupling with β = −γ. */
class ChainMomentumTest {

    private static final int BLOCKS = 5;

    /** F reads its own output in backward (tanh); every second sub-block has an r in front. */
    private static ReversibleChain.Builder dense(boolean entries) {
        ReversibleChain.Builder chain = new ReversibleChain.Builder().name("chain");
        for (int i = 0; i < BLOCKS; i++) {
            Layer f = new DenseLayer.Builder()
                    .name("f")
                    .nOut(ChainNets.FEATURES)
                    .activation(Activation.TANH)
                    .build();
            SubBlock block = SubBlock.of("b" + i, f);
            chain.subBlock(entries && i % 2 == 1 ? block.after(new ActivationLayer(Activation.SIGMOID)) : block);
        }
        return chain;
    }

    /** Written with velocities, as the paper does. */
    @ParameterizedTest
    @ValueSource(doubles = {0.125, 0.5, 0.875})
    void equalsTheRecurrenceOfVelocities(double gamma) {
        MultiLayerNetwork net = ChainNets.flat(
                dense(false).schedule(CoefficientSchedule.momentum(gamma)).build(), o -> {});
        INDArray x = ChainNets.flatData(DataType.DOUBLE, 4).getFeatures();
        INDArray actual = net.feedForwardToLayer(0, x, false).get(1);
        INDArray at = x.dup();
        INDArray v = x.like();
        for (int i = 0; i < BLOCKS; i++) {
            String name = "0_b" + i + ".f.";
            INDArray f = Transforms.tanh(at.mmul(net.getParam(name + "W")).addRowVector(net.getParam(name + "b")));
            v = v.mul(gamma).add(f.mul(1 - gamma));
            at = at.add(v);
        }
        Compare.near(at, actual, Tolerances.DOUBLE_ORDER, "output");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.0625, 0.25, 0.5, 0.875, 0.9375})
    void exactStreamsGiveTheSameBitsInAllModes(double gamma) {
        for (boolean entries : new boolean[] {false, true}) {
            MultiLayerNetwork reverse = ChainNets.net(
                    dense(entries).schedule(CoefficientSchedule.momentum(gamma)).build(),
                    DataType.FLOAT,
                    InputType.feedForward(ChainNets.FEATURES),
                    o -> {});
            DataSet data = ChainNets.flatData(DataType.FLOAT, 4);
            INDArray expected = ChainNets.gradient(reverse, data).dup();
            assertTrue(expected.norm2Number().doubleValue() > 0.01);
            assertEquals(1, ((ChainHost) reverse.getLayer(0)).verifiedReconstructions());
            for (ChainMode mode : ChainMode.values()) {
                MultiLayerNetwork other = ChainNets.net(reverse, c -> c.setMode(mode));
                Compare.same(expected, ChainNets.gradient(other, data), mode.toString());
            }
        }
    }

    @Test
    void deepTransformersAreRebuiltExactlyWhileTheMomentumMoves() {
        CoefficientSchedule moving = CoefficientSchedule.builder()
                .alphaStart(1.125)
                .betaStart(-0.125)
                .alphaEnd(1.875)
                .betaEnd(-0.875)
                .totalIterations(10)
                .build();
        ReversibleChain.Builder chain = ChainNets.transformer(24).schedule(moving);
        MultiLayerNetwork reverse = ChainNets.net(chain.build(), DataType.FLOAT);
        MultiLayerNetwork store = ChainNets.net(reverse, c -> c.setMode(ChainMode.STORE));
        for (int i = 0; i < 8; i++) {
            Coefficients c = ((ChainHost) reverse.getLayer(0)).coefficients();
            assertEquals(1, c.alpha() + c.beta(), "α = 1 − β in step " + i);
            reverse.fit(ChainNets.data(DataType.FLOAT, 4));
            store.fit(ChainNets.data(DataType.FLOAT, 4));
        }
        assertEquals(-0.875, ((ChainHost) reverse.getLayer(0)).coefficients().beta());
        assertEquals(8, ((ChainHost) reverse.getLayer(0)).verifiedReconstructions());
        Compare.same(store.params(), reverse.params(), "parameters");
    }

    @ParameterizedTest
    @CsvSource({"BETA_X0,X_ONLY", "ZERO,AVERAGE", "BETA_X0,CONCAT"})
    void gradientsEqualFiniteDifferences(StreamStart start, StreamMerge merge) {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
        for (boolean entries : new boolean[] {false, true}) {
            MultiLayerNetwork net = ChainNets.flat(
                    dense(entries)
                            .schedule(CoefficientSchedule.momentum(0.75))
                            .start(start)
                            .merge(merge)
                            .build(),
                    o -> o.updater(new NoOp()));
            ChainNets.assertGradients(net, ChainNets.flatData(DataType.DOUBLE, 3));
        }
    }

    @AfterEach
    void useFloatAgain() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    /** Inverted errors grow by 1/γ: at γ = 1/8 there must be anchors, and there are. */
    @ParameterizedTest
    @ValueSource(doubles = {0.125, 0.875})
    void floatStreamsStayWithinTheirTolerance(double gamma) {
        MultiLayerNetwork reverse = ChainNets.net(
                ChainNets.transformer(12)
                        .streams(StreamType.FLOAT)
                        .schedule(CoefficientSchedule.momentum(gamma))
                        .build(),
                DataType.FLOAT);
        MultiLayerNetwork store = ChainNets.net(reverse, c -> c.setMode(ChainMode.STORE));
        DataSet data = ChainNets.data(DataType.FLOAT, 4);
        INDArray expected = ChainNets.gradient(store, data);
        INDArray actual = ChainNets.gradient(reverse, data);
        double error = expected.distance2(actual) / expected.norm2Number().doubleValue();
        assertTrue(error < 1e-3, gamma + ": " + error);
        assertEquals(1 / gamma, new Coefficients((int) (8 + 8 * gamma), (int) (-8 * gamma), 8).errorGrowth(), 1e-12);
    }

    @Test
    void keepsOneSideBitFromAHalfOn() {
        ReversibleChain chain =
                dense(false).schedule(CoefficientSchedule.momentum(0.875)).build();
        MultiLayerNetwork net =
                ChainNets.net(chain, DataType.FLOAT, InputType.feedForward(ChainNets.FEATURES), o -> {});
        ReversibleChain conf = (ReversibleChain) net.getLayer(0).conf().getLayer();
        long bits = conf.predictKept(InputType.feedForward(ChainNets.FEATURES)).stream()
                .filter(t -> t.name().endsWith("side"))
                .mapToLong(t -> t.bytes(8, Float.BYTES) * 8)
                .sum();
        assertEquals(BLOCKS * 8L * ChainNets.FEATURES, bits, "one per element and sub-block");
    }

    @Test
    void survivesJson() {
        MultiLayerConfiguration conf = ChainNets.conf(
                ChainNets.transformer(2)
                        .schedule(CoefficientSchedule.momentum(0.9))
                        .build(),
                DataType.FLOAT,
                new NoOp(),
                WorkspaceMode.ENABLED);
        MultiLayerConfiguration read = MultiLayerConfiguration.fromJson(conf.toJson());
        assertEquals(conf, read);
        ReversibleChain chain = (ReversibleChain) read.getConf(0).getLayer();
        assertEquals(new Coefficients(30, -14, 16), chain.getSchedule().at(0), "0.9 is nearest to 14/16");
    }

    @Test
    void errorsNameTheRemedy() {
        for (double bad : new double[] {0, 0.02, 0.99, 1, -0.5, Double.NaN}) {
            String message = assertThrows(IllegalArgumentException.class, () -> CoefficientSchedule.momentum(bad))
                    .getMessage();
            assertTrue(message.contains("1/16 to 15/16") && message.contains("" + bad), message);
        }
        String form = assertThrows(IllegalArgumentException.class, () -> CoefficientSchedule.constant(1, -0.5)
                        .validate())
                .getMessage();
        assertTrue(form.contains("use momentum(γ)"), form);
        ReversibleChain chain = new ReversibleChain.Builder()
                .subBlock(SubBlock.of("f", new ActivationLayer(Activation.TANH)).residual(false))
                .schedule(CoefficientSchedule.momentum(0.5))
                .build();
        String edge = assertThrows(RuntimeException.class, () -> ChainNets.flat(chain, o -> {}))
                .getMessage();
        assertTrue(edge.contains("without a residual edge, \"f\"") && edge.contains("residual(true)"), edge);
    }
}
