package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.reversible.TwoStep;
import org.revlayers.op.RevOps;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;
import org.revlayers.reversible.StreamType;

/** The forms with a γ in SameDiff: x″ = (1 + γ)·F(x′) + (1 − γ)·x′ + γ·x, one γ or ±γ drawn by sub-function and sample. */
class GraphChainTwoStepTest {

    private static final int SAMPLES = 6;
    private static final int WIDTH = 7;
    private static final int PARTS = 5;
    private static final int WITHOUT_EDGE = 3;

    @TempDir
    Path folder;

    private static SDVariable input(SameDiff sd, DataType type) {
        Nd4j.getRandom().setSeed(23);
        return sd.var("x", Nd4j.randn(type, SAMPLES, WIDTH));
    }

    private static SDVariable f(SameDiff sd, SDVariable u, SDVariable w) {
        return sd.math().tanh(u.mul(w));
    }

    private static SDVariable weight(SameDiff sd, DataType type, int i) {
        return sd.var(
                "w" + i, Nd4j.linspace(DataType.DOUBLE, 0.3, 1.4 + i, WIDTH).castTo(type));
    }

    /** Functions with an edge around them, behind an r, and one without an edge; modes in turn. */
    private static SameDiff chain(CoefficientSchedule c, DataType type, StreamType streams, ChainMode... modes) {
        SameDiff sd = SameDiff.create();
        SDVariable x = input(sd, type);
        GraphChain chain = GraphChain.in(sd, "chain")
                .coefficients(c)
                .streams(streams)
                .modes(name -> modes[Integer.parseInt(name.substring(1)) % modes.length]);
        for (int i = 0; i < PARTS; i++) {
            SDVariable w = weight(sd, type, i);
            SubFunction f = (g, u) -> f(g, u, w);
            if (i == WITHOUT_EDGE) {
                chain.thenPlain("f" + i, f);
            } else {
                chain.then("f" + i, i % 2 == 0 ? null : (g, u) -> RevOps.gelu(u), f);
            }
        }
        return ChainNet.weighted(chain.of(x.mul(1.5)));
    }

    /** The same of ops of the graph alone, γ of a part by sample. */
    private static SameDiff byHand(DataType type, IntFunction<INDArray> gammas) {
        SameDiff sd = SameDiff.create();
        SDVariable at = input(sd, type).mul(1.5);
        SDVariable before = null;
        for (int i = 0; i < PARTS; i++) {
            SDVariable gamma = sd.constant("gamma" + i, gammas.apply(i).castTo(type));
            SDVariable w = weight(sd, type, i);
            SDVariable u = i % 2 == 0 || i == WITHOUT_EDGE ? at : RevOps.gelu(at);
            SDVariable map = i == WITHOUT_EDGE ? f(sd, u, w) : f(sd, u, w).add(u); // the pretrained network's
            SDVariable next = map.sub(u).mul(gamma.add(1)).add(u.mul(gamma.rsub(1)));
            next = before == null ? next : next.add(before.mul(gamma));
            before = at;
            at = next;
        }
        return ChainNet.weighted(at.rename("chain"));
    }

    private static INDArray same(int part, double gamma) {
        return Nd4j.valueArrayOf(new long[] {SAMPLES, 1}, part == 0 ? 0 : gamma, DataType.DOUBLE);
    }

    private static INDArray drawn(int part) {
        TwoStep signs = TwoStep.of(CoefficientSchedule.randomSigns(0.25).at(0), "chain".hashCode(), 0);
        INDArray gammas = Nd4j.create(DataType.DOUBLE, SAMPLES, 1);
        for (int j = 0; j < SAMPLES; j++) {
            gammas.putScalar(j, 0, signs.gamma(part, j));
        }
        return gammas;
    }

    private static Map<String, INDArray> gradients(SameDiff sd) {
        return sd.calculateGradients(Map.of(), GraphValues.parameters(sd).keySet());
    }

    private static void assertGradients(SameDiff expected, SameDiff actual) {
        Map<String, INDArray> gradients = gradients(actual);
        gradients(expected).forEach((name, gradient) -> GraphValues.assertClose(gradient, gradients.get(name), 1e-11));
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 0.5, 0.25})
    void oneGammaIsTheRecurrence(double gamma) {
        SameDiff expected = byHand(DataType.DOUBLE, part -> same(part, gamma));
        SameDiff actual = chain(CoefficientSchedule.twoStep(gamma), DataType.DOUBLE, null, ChainMode.REVERSE);
        GraphValues.assertClose(
                expected.outputSingle(Map.of(), "chain"), actual.outputSingle(Map.of(), "chain"), 1e-12);
        assertGradients(expected, actual);
    }

    /** Gradients are those with the signs of the step; what is computed without gradients is the plain graph's. */
    @ParameterizedTest
    @EnumSource(ChainMode.class)
    void randomSignsAreTheRecurrenceSampleBySample(ChainMode mode) {
        SameDiff actual = chain(CoefficientSchedule.randomSigns(0.25), DataType.DOUBLE, null, mode);
        assertGradients(byHand(DataType.DOUBLE, GraphChainTwoStepTest::drawn), actual);
        GraphValues.assertClose(
                byHand(DataType.DOUBLE, part -> same(part, 0)).outputSingle(Map.of(), "chain"),
                actual.outputSingle(Map.of(), "chain"),
                1e-12);
    }

    /** Alone, in turn in one chain, and with states that are kept. */
    @ParameterizedTest
    @ValueSource(doubles = {0.0625, 0.125, 0.5, 0.9375})
    void exactStreamsGiveTheSameBitsInAllModes(double gamma) {
        for (CoefficientSchedule c :
                List.of(CoefficientSchedule.randomSigns(gamma), CoefficientSchedule.twoStep(gamma))) {
            SameDiff stored = chain(c, DataType.FLOAT, null, ChainMode.STORE);
            for (ChainMode mode : List.of(ChainMode.REVERSE, ChainMode.CHECKPOINT)) {
                GraphChainGradientTest.assertSameBits(stored, chain(c, DataType.FLOAT, null, mode));
            }
            GraphChainGradientTest.assertSameBits(
                    stored, chain(c, DataType.FLOAT, null, ChainMode.STORE, ChainMode.REVERSE, ChainMode.REVERSE));
        }
    }

    @Test
    void floatStreamsStayWithinTheirTolerance() {
        CoefficientSchedule c = CoefficientSchedule.randomSigns(0.125);
        Map<String, INDArray> expected = gradients(chain(c, DataType.FLOAT, StreamType.FLOAT, ChainMode.STORE));
        gradients(chain(c, DataType.FLOAT, StreamType.FLOAT, ChainMode.REVERSE)).forEach((name, gradient) -> {
            double error = expected.get(name).distance2(gradient)
                    / expected.get(name).norm2Number().doubleValue();
            assertTrue(error < 1e-3, name + ": " + error);
        });
    }

    @ParameterizedTest
    @EnumSource(ChainMode.class)
    void oneGammaPassesOpValidation(ChainMode mode) {
        DoubleGraphs.passOpValidation(() -> chain(CoefficientSchedule.twoStep(0.75), DataType.DOUBLE, null, mode)
                .getVariable("chain"));
    }

    /** Signs are a function of the step, which goes with the file. */
    @Test
    void filesGoOnWithTheSameSigns() throws Exception {
        ChainNet net = ChainNet.of(ChainMode.REVERSE, 1, 1).with(CoefficientSchedule.randomSigns(0.125));
        SameDiff straight = net.graph();
        SameDiff stored =
                ChainNet.of(ChainMode.STORE, 1, 1).with(net.coefficients()).graph();
        SameDiff plain = ChainNet.of(ChainMode.CHECKPOINT, 1, 0).graph();
        SameDiff resumed = net.graph();
        for (int step = 0; step < 5; step++) {
            if (step == 2) {
                File file = folder.resolve("signs.fb").toFile();
                resumed.save(file, true);
                resumed = SameDiff.load(file, true);
            }
            straight.fit(net.batch(step));
            stored.fit(net.batch(step));
            resumed.fit(net.batch(step));
        }
        GraphValues.assertBits(GraphValues.parameters(straight), GraphValues.parameters(resumed));
        GraphValues.assertBits(GraphValues.parameters(stored), GraphValues.parameters(straight));
        for (Map.Entry<String, INDArray> trained :
                GraphValues.parameters(straight).entrySet()) {
            plain.getVariable(trained.getKey()).setArray(trained.getValue().dup());
        }
        GraphValues.assertClose(net.output(plain), net.output(straight), 1e-5);
        Map<String, INDArray> now = net.gradients(straight);
        assertFalse(
                Arrays.equals(
                        now.get("gain").toFloatVector(),
                        net.gradients(plain).get("gain").toFloatVector()),
                "training has signs");
    }

    @Test
    void errorsNameTheRemedy() {
        String split = message(StreamStart.SPLIT, StreamMerge.X_ONLY);
        assertTrue(split.contains("SPLIT start: use BETA_X0 or ZERO"), split);
        String merge = message(StreamStart.ZERO, StreamMerge.CONCAT);
        assertTrue(merge.contains("the merge CONCAT: use X_ONLY"), merge);
    }

    private static String message(StreamStart start, StreamMerge merge) {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, 2, 4);
        return assertThrows(IllegalArgumentException.class, () -> GraphChain.in(sd, "chain")
                        .coefficients(CoefficientSchedule.randomSigns(0.5))
                        .start(start)
                        .merge(merge)
                        .then("f", (g, u) -> u.mul(2))
                        .of(x))
                .getMessage();
    }
}
