package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.layers.Compare;
import org.revlayers.layers.Tolerances;
import org.revlayers.reversible.ChainForm;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;
import org.revlayers.reversible.StreamType;

/** The forms with a γ: x″ = (1 + γ)·F(x′) + (1 − γ)·x′ + γ·x, one γ or ±γ drawn by sub-block and sample. */
class ChainTwoStepTest {

    private static final int BLOCKS = 4;
    private static final InputType FLAT = InputType.feedForward(ChainNets.FEATURES);

    /** What stands around F in the sub-blocks behind the first. */
    enum Edges {
        AROUND,
        BEHIND_R,
        NONE,
        NONE_BEHIND_R;

        boolean residual() {
            return this == AROUND || this == BEHIND_R;
        }

        boolean hasEntry() {
            return this == BEHIND_R || this == NONE_BEHIND_R;
        }
    }

    /** F reads its own output in backward. */
    private static ReversibleChain.Builder dense(Edges edges) {
        ReversibleChain.Builder chain = new ReversibleChain.Builder().name("chain");
        for (int i = 0; i < BLOCKS; i++) {
            Layer f = new DenseLayer.Builder()
                    .name("f")
                    .nOut(ChainNets.FEATURES)
                    .activation(Activation.TANH)
                    .build();
            SubBlock block = SubBlock.of("b" + i, f);
            if (i > 0) {
                block.residual(edges.residual());
            }
            chain.subBlock(i > 0 && edges.hasEntry() ? block.after(new ActivationLayer(Activation.SIGMOID)) : block);
        }
        return chain;
    }

    private static MultiLayerNetwork net(ReversibleChain.Builder chain, DataType type) {
        return ChainNets.net(chain.build(), type, FLAT, o -> o.updater(new NoOp()));
    }

    /** One sample through the chain, written as in BDIA, with these γ of sub-blocks 1, 2, … */
    private static INDArray byHand(MultiLayerNetwork net, Edges edges, INDArray x, double... gammas) {
        INDArray before = null;
        INDArray at = x;
        for (int i = 0; i < BLOCKS; i++) {
            String name = "0_b" + i + ".f.";
            INDArray u = i > 0 && edges.hasEntry() ? Transforms.sigmoid(at) : at;
            INDArray f = Transforms.tanh(u.mmul(net.getParam(name + "W")).addRowVector(net.getParam(name + "b")));
            INDArray map = i == 0 || edges.residual() ? f.add(u) : f; // the pretrained network's
            double gamma = i == 0 ? 0 : gammas[i - 1];
            INDArray residual = map.sub(u);
            INDArray next = residual.mul(1 + gamma).add(u.mul(1 - gamma));
            if (i > 0) {
                next.addi(before.mul(gamma));
            }
            before = at;
            at = next;
        }
        return at;
    }

    private static INDArray trained(MultiLayerNetwork net, INDArray x) {
        return net.feedForwardToLayer(0, x, true).get(1).dup();
    }

    @ParameterizedTest
    @EnumSource(Edges.class)
    void oneGammaIsTheRecurrence(Edges edges) {
        for (double gamma : new double[] {1, 0.5, 0.25}) {
            MultiLayerNetwork net = net(dense(edges).schedule(CoefficientSchedule.twoStep(gamma)), DataType.DOUBLE);
            INDArray x = ChainNets.flatData(DataType.DOUBLE, 3).getFeatures();
            INDArray expected = byHand(net, edges, x, gamma, gamma, gamma);
            Compare.near(expected, trained(net, x), Tolerances.DOUBLE_ORDER, "training");
            Compare.near(expected, net.feedForwardToLayer(0, x, false).get(1), Tolerances.DOUBLE_ORDER, "inference");
        }
    }

    /** Every sample is that of one choice of signs, and the choices differ; without training all samples have γ = 0. */
    @ParameterizedTest
    @EnumSource(Edges.class)
    void randomSignsAreTheRecurrenceSampleBySample(Edges edges) {
        MultiLayerNetwork net = net(dense(edges).schedule(CoefficientSchedule.randomSigns(0.25)), DataType.DOUBLE);
        INDArray x = ChainNets.flatData(DataType.DOUBLE, 16).getFeatures();
        INDArray actual = trained(net, x);
        Set<Integer> seen = new HashSet<>();
        for (int j = 0; j < 16; j++) {
            INDArray sample = x.get(NDArrayIndex.interval(j, j + 1)).dup('c');
            int fits = -1;
            for (int signs = 0; signs < 8; signs++) {
                double[] gammas = new double[BLOCKS - 1];
                for (int k = 0; k < gammas.length; k++) {
                    gammas[k] = (signs >> k & 1) == 0 ? 0.25 : -0.25;
                }
                INDArray expected = byHand(net, edges, sample, gammas);
                if (expected.distance2(actual.get(NDArrayIndex.interval(j, j + 1))) < 1e-12) {
                    assertEquals(-1, fits, "signs give one output each");
                    fits = signs;
                }
            }
            assertTrue(fits >= 0, "sample " + j + " fits no choice of signs");
            seen.add(fits);
        }
        assertTrue(seen.size() > 3, "of 8 choices: " + seen);
        Compare.near(
                byHand(net, edges, x, 0, 0, 0),
                net.feedForwardToLayer(0, x, false).get(1),
                Tolerances.DOUBLE_ORDER,
                "inference");
    }

    /** Also where a sample is no whole number of groups of side bits. */
    @ParameterizedTest
    @CsvSource({"0.0625, 4, 8", "0.125, 4, 8", "0.125, 5, 7", "0.25, 1, 3", "0.5, 7, 5", "0.75, 3, 8", "0.9375, 16, 8"})
    void exactStreamsGiveTheSameBitsInAllModes(double gamma, int batch, int features) {
        for (Edges edges : Edges.values()) {
            for (CoefficientSchedule schedule : new CoefficientSchedule[] {
                CoefficientSchedule.randomSigns(gamma), CoefficientSchedule.twoStep(gamma)
            }) {
                ReversibleChain.Builder chain = dense(edges).schedule(schedule);
                ReversibleChain conf = chain.build();
                conf.getSubBlocks().forEach(b -> ((DenseLayer) b.getFunction().get(0)).setNOut(features));
                MultiLayerNetwork reverse =
                        ChainNets.net(conf, DataType.FLOAT, InputType.feedForward(features), o -> {});
                DataSet data = ChainNets.data(DataType.FLOAT, batch, features);
                INDArray expected = ChainNets.gradient(reverse, data);
                assertTrue(expected.norm2Number().doubleValue() > 0.01);
                assertEquals(1, ((ChainHost) reverse.getLayer(0)).verifiedReconstructions());
                for (ChainMode mode : ChainMode.values()) {
                    MultiLayerNetwork other = ChainNets.net(reverse, c -> c.setMode(mode));
                    Compare.same(expected, ChainNets.gradient(other, data), edges + " " + mode);
                }
            }
        }
    }

    /** And at any point of it the network infers what the plain one of the same parameters does, bit for bit. */
    @Test
    void aTrainingIsTheSameInAllModesAndInfersAsThePlainNetwork() {
        ReversibleChain.Builder chain = ChainNets.transformer(12).schedule(CoefficientSchedule.randomSigns(0.125));
        MultiLayerNetwork reverse = ChainNets.net(chain.build(), DataType.FLOAT);
        MultiLayerNetwork store = ChainNets.net(reverse, c -> c.setMode(ChainMode.STORE));
        INDArray x = ChainNets.input(DataType.FLOAT, 5);
        for (int i = 0; i < 6; i++) {
            MultiLayerNetwork plain = ChainNets.net(reverse, toPlain());
            Compare.same(plain.output(x), reverse.output(x), "inference in step " + i);
            Compare.different(plain.output(x), reverse.output(x, true), "training in step " + i);
            int batch = i % 3 == 2 ? 3 : 4; // the last of an epoch is smaller
            reverse.fit(ChainNets.data(DataType.FLOAT, batch));
            store.fit(ChainNets.data(DataType.FLOAT, batch));
        }
        assertEquals(6, ((ChainHost) reverse.getLayer(0)).verifiedReconstructions());
        Compare.same(store.params(), reverse.params(), "parameters");
    }

    @ParameterizedTest
    @EnumSource(Edges.class)
    void halfPrecisionGivesTheSameBitsInAllModes(Edges edges) {
        MultiLayerNetwork reverse =
                net(dense(edges).schedule(CoefficientSchedule.randomSigns(0.125)), DataType.FLOAT16);
        DataSet data = ChainNets.flatData(DataType.FLOAT16, 5);
        INDArray expected = ChainNets.gradient(reverse, data);
        assertTrue(expected.norm2Number().doubleValue() > 0.01);
        for (ChainMode mode : ChainMode.values()) {
            MultiLayerNetwork other = ChainNets.net(reverse, c -> c.setMode(mode));
            Compare.same(expected, ChainNets.gradient(other, data), mode.toString());
        }
    }

    /** Signs go on where they were, as a function of the chain's updates, and are others in the next step. */
    @Test
    void aCopyGoesOnWithTheSameSigns() {
        MultiLayerNetwork net = ChainNets.net(
                ChainNets.transformer(6)
                        .schedule(CoefficientSchedule.randomSigns(0.125))
                        .build(),
                DataType.FLOAT);
        DataSet data = ChainNets.data(DataType.FLOAT, 8);
        INDArray first = net.output(data.getFeatures(), true).dup();
        Compare.same(first, net.output(data.getFeatures(), true), "the same step");
        net.fit(data);
        MultiLayerNetwork copy = ChainNets.net(net, c -> {});
        MultiLayerNetwork begun = ChainNets.net(net, c -> c.setScheduleStep(0));
        Compare.different(
                begun.output(data.getFeatures(), true), net.output(data.getFeatures(), true), "signs of two steps");
        for (int i = 0; i < 2; i++) {
            net.fit(data);
            copy.fit(data);
        }
        Compare.same(net.params(), copy.params(), "parameters");
    }

    private static Consumer<ReversibleChain> toPlain() {
        return c -> {
            c.setSchedule(CoefficientSchedule.constant(1, 0));
            c.setMode(ChainMode.CHECKPOINT);
            c.setStreams(StreamType.FLOAT);
            c.setStreamScale(null);
        };
    }

    @ParameterizedTest
    @EnumSource(Edges.class)
    void gradientsEqualFiniteDifferences(Edges edges) {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
        for (CoefficientSchedule schedule :
                new CoefficientSchedule[] {CoefficientSchedule.randomSigns(0.25), CoefficientSchedule.twoStep(1)}) {
            MultiLayerNetwork net = net(dense(edges).schedule(schedule), DataType.DOUBLE);
            ChainNets.assertGradients(net, ChainNets.flatData(DataType.DOUBLE, 5));
        }
    }

    @AfterEach
    void useFloatAgain() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    /** Inverted errors grow by 1/γ, so that states are kept. */
    @ParameterizedTest
    @ValueSource(doubles = {0.125, 0.875})
    void floatStreamsStayWithinTheirTolerance(double gamma) {
        MultiLayerNetwork reverse = ChainNets.net(
                ChainNets.transformer(12)
                        .streams(StreamType.FLOAT)
                        .schedule(CoefficientSchedule.randomSigns(gamma))
                        .build(),
                DataType.FLOAT);
        MultiLayerNetwork store = ChainNets.net(reverse, c -> c.setMode(ChainMode.STORE));
        DataSet data = ChainNets.data(DataType.FLOAT, 4);
        INDArray expected = ChainNets.gradient(store, data);
        double error = expected.distance2(ChainNets.gradient(reverse, data))
                / expected.norm2Number().doubleValue();
        assertTrue(error < 1e-3, gamma + ": " + error);
    }

    @Test
    void errorsNameTheRemedy() {
        for (double bad : new double[] {0, 0.02, 0.99, 1, -0.5, Double.NaN}) {
            String message = assertThrows(IllegalArgumentException.class, () -> CoefficientSchedule.randomSigns(bad))
                    .getMessage();
            assertTrue(message.contains("1/16 to 15/16") && message.contains("" + bad), message);
        }
        assertThrows(IllegalArgumentException.class, () -> CoefficientSchedule.twoStep(1.05));
        String form = assertThrows(IllegalArgumentException.class, () -> CoefficientSchedule.builder()
                        .form(ChainForm.RANDOM_SIGNS)
                        .alphaStart(1)
                        .alphaEnd(1)
                        .betaEnd(0.125)
                        .build()
                        .validate())
                .getMessage();
        assertTrue(form.contains("RANDOM_SIGNS has α = 1 − γ") && form.contains("randomSigns(γ)"), form);
        ReversibleChain.Builder halves =
                new ReversibleChain.Builder().subBlock(SubBlock.of("f", new ActivationLayer(Activation.TANH)));
        String split = message(halves.start(StreamStart.SPLIT));
        assertTrue(split.contains("SPLIT start: use BETA_X0 or ZERO"), split);
        String merge = message(dense(Edges.AROUND).merge(StreamMerge.AVERAGE));
        assertTrue(merge.contains("the merge AVERAGE: use X_ONLY"), merge);
    }

    private static String message(ReversibleChain.Builder chain) {
        chain.schedule(CoefficientSchedule.randomSigns(0.125));
        return assertThrows(RuntimeException.class, () -> net(chain, DataType.FLOAT))
                .getMessage();
    }
}
