package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.op.RevOps;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;

/** Sub-functions behind a function r, which both of their edges read: post-norm and post-activation networks. */
class GraphChainEntryTest {

    private static final CoefficientSchedule MOVING = CoefficientSchedule.linear(1, 0.125, 0.25, 0.75, 4);

    @TempDir
    Path folder;

    /** Four sub-functions behind norms with gains of their own; three readers of each norm, two of them in F. */
    private static SameDiff postNorm(ChainMode mode, CoefficientSchedule coefficients, DataType type) {
        Nd4j.getRandom().setSeed(8);
        SameDiff sd = SameDiff.create();
        SDVariable in = type == DataType.DOUBLE // for the gradient check, which wants no placeholders
                ? sd.var("in", batch(type))
                : sd.placeHolder("in", type, -1, 6);
        GraphChain chain = GraphChain.in(sd, "chain").coefficients(coefficients).mode(mode);
        SubFunction f = (g, u) -> {
            SDVariable w = g.var("w", Nd4j.randn(type, 6, 6).muli(0.4));
            return g.math().tanh(u.mmul(w)).mul(g.nn().sigmoid(u));
        };
        chain.then("f0", f);
        for (int i = 1; i < 4; i++) {
            chain.then(
                    "f" + i,
                    (g, x) -> RevOps.msLayerNorm(x, 1e-5)
                            .mul(g.var("gain", Nd4j.rand(type, 6).addi(0.5))),
                    f);
        }
        SDVariable y = chain.of(in);
        sd.math().square(y.sub(0.5)).mean("loss");
        return ChainNet.trainable(sd);
    }

    private static INDArray batch(DataType type) {
        Nd4j.getRandom().setSeed(9);
        return Nd4j.randn(type, 5, 6);
    }

    private static Map<String, INDArray> gradients(SameDiff sd) {
        Map<String, INDArray> in = Map.of("in", batch(DataType.FLOAT));
        return sd.calculateGradients(in, GraphValues.parameters(sd).keySet());
    }

    @Test
    void bothEdgesBeginBehindR() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.var("x", Nd4j.createFromArray(1f, -2f));
        SDVariable y = GraphChain.in(sd, "chain")
                .coefficients(CoefficientSchedule.constant(0.5, 0.25))
                .then("a", (g, u) -> u.mul(3))
                .then("b", (g, u) -> g.nn().relu(u, 0), (g, u) -> u.mul(2))
                .of(x);
        // x₁ = 3x + x/2 + x/4, y₁ = x/4; value = 2·relu(x₁) + relu(x₁)/2 + x/4
        assertEquals(Nd4j.createFromArray(9.625f, -0.5f), y.eval());
        sd.setLossVariables(y.sum("loss"));
        assertEquals(
                Nd4j.createFromArray(9.625f, 0.25f),
                sd.calculateGradients(Map.of(), "x").get("x"));
    }

    @Test
    void atAlphaOneAndBetaZeroItIsThePostNormNetwork() {
        SameDiff sd = postNorm(ChainMode.CHECKPOINT, CoefficientSchedule.constant(1, 0), DataType.FLOAT);
        SameDiff plain = SameDiff.create();
        SDVariable x = plain.constant(batch(DataType.FLOAT));
        for (int i = 0; i < 4; i++) {
            if (i > 0) {
                x = RevOps.msLayerNorm(x, 1e-5)
                        .mul(plain.constant(
                                sd.getVariable("chain/f" + i + "/r/gain").getArr()));
            }
            SDVariable w = plain.constant(sd.getVariable("chain/f" + i + "/w").getArr());
            x = plain.math().tanh(x.mmul(w)).mul(plain.nn().sigmoid(x)).add(x);
        }
        INDArray value = sd.outputSingle(Map.of("in", batch(DataType.FLOAT)), "chain");
        assertTrue(x.eval().sub(value).amaxNumber().doubleValue() < 2e-5); // the streams' resolution through norms
    }

    @ParameterizedTest
    @CsvSource({"REVERSE,1,0.125", "REVERSE,0.5,0.5", "REVERSE,0,1", "CHECKPOINT,1,0", "CHECKPOINT,0.5,0.5"})
    void valuesAndGradientsAreTheBitsOfThePlainGraph(ChainMode mode, double alpha, double beta) {
        CoefficientSchedule c = CoefficientSchedule.constant(alpha, beta);
        SameDiff ours = postNorm(mode, c, DataType.FLOAT);
        SameDiff plain = postNorm(ChainMode.STORE, c, DataType.FLOAT);
        Map<String, INDArray> in = Map.of("in", batch(DataType.FLOAT));
        assertEquals(plain.outputSingle(in, "chain"), ours.outputSingle(in, "chain"));
        GraphValues.assertBits(gradients(plain), gradients(ours));
    }

    @ParameterizedTest
    @EnumSource(names = {"REVERSE", "CHECKPOINT"})
    void coefficientsMoveInsideToo(ChainMode mode) throws Exception {
        SameDiff ours = postNorm(mode, MOVING, DataType.FLOAT);
        SameDiff plain = postNorm(ChainMode.STORE, MOVING, DataType.FLOAT);
        Map<String, INDArray> in = Map.of("in", batch(DataType.FLOAT));
        for (int step = 0; step < 6; step++) {
            ours.fit(new DataSet(batch(DataType.FLOAT), null));
            plain.fit(new DataSet(batch(DataType.FLOAT), null));
            GraphValues.assertBits(GraphValues.parameters(plain), GraphValues.parameters(ours));
            assertEquals(plain.outputSingle(in, "chain"), ours.outputSingle(in, "chain"));
        }
        File file = folder.resolve("chain.fb").toFile();
        ours.save(file, true);
        SameDiff loaded = SameDiff.load(file, true);
        assertEquals(ours.outputSingle(in, "chain"), loaded.outputSingle(in, "chain"));
        Map<String, INDArray> late = gradients(loaded);
        GraphValues.assertBits(gradients(plain), late);
        loaded.getTrainingConfig().setIterationCount(0);
        assertNotEquals(
                late.get("chain/f2/w"),
                gradients(SameDiff.load(early(loaded), true)).get("chain/f2/w"));
    }

    private File early(SameDiff sd) {
        File file = folder.resolve("early.fb").toFile();
        sd.save(file, true);
        return file;
    }

    @ParameterizedTest
    @EnumSource(ChainMode.class)
    void passesOpValidation(ChainMode mode) {
        DoubleGraphs.passOpValidation(() -> postNorm(mode, CoefficientSchedule.constant(0.5, 0.5), DataType.DOUBLE)
                .getVariable("chain"));
    }

    /** Chains inside sub-functions take the coefficients of the step too, when nothing is trained. */
    @Test
    void chainsInsideChainsHaveTheCoefficientsOfTheStep() {
        INDArray[] values = new INDArray[2];
        for (ChainMode mode : new ChainMode[] {ChainMode.REVERSE, ChainMode.STORE}) {
            SameDiff sd = SameDiff.create();
            SDVariable x = sd.placeHolder("x", DataType.FLOAT, 1, 2);
            SDVariable y = GraphChain.in(sd, "outer")
                    .mode(mode)
                    .then("a", (g, u) -> GraphChain.in(g, "inner")
                            .mode(mode)
                            .coefficients(MOVING)
                            .then("b", (h, v) -> v.mul(2))
                            .of(u))
                    .of(x);
            sd.setLossVariables(y.sum("loss"));
            sd.setTrainingConfig(TrainingConfig.builder()
                    .updater(new Adam(1e-2))
                    .dataSetFeatureMapping("x")
                    .markLabelsUnused()
                    .build());
            sd.getTrainingConfig().setIterationCount(4);
            values[mode == ChainMode.STORE ? 1 : 0] =
                    sd.outputSingle(Map.of("x", Nd4j.createFromArray(new float[][] {{1, -2}})), "outer");
        }
        // inner: 2x + x/4 + 3x/4, outer: + x
        assertEquals(Nd4j.createFromArray(new float[][] {{4, -8}}), values[1]);
        assertEquals(values[1], values[0]);
    }

    @Test
    void whatRMustKeepIsChecked() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, 2, 4);
        GraphChain cast = GraphChain.in(sd, "cast").then("a", (g, u) -> u.castTo(DataType.DOUBLE), (g, u) -> u.mul(2));
        String message =
                assertThrows(IllegalArgumentException.class, () -> cast.of(x)).getMessage();
        assertTrue(message.contains("has an r that must return a variable of type FLOAT"), message);
        GraphChain.in(sd, "wide")
                .then("a", (g, u) -> g.nn().relu(u, 0), (g, u) -> g.concat(1, u, u))
                .of(x);
        message = assertThrows(
                        IllegalArgumentException.class,
                        () -> sd.outputSingle(Map.of("x", Nd4j.ones(DataType.FLOAT, 2, 4)), "wide"))
                .getMessage();
        assertTrue(message.contains("chain \"wide\"") && message.contains("maps [2, 4] to [2, 8]"), message);
    }
}
