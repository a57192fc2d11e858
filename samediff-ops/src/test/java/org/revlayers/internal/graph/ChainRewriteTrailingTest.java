package org.revlayers.internal.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.graph.GraphValues;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.training.SameDiffTrainer;

/** Networks with a function behind every residual addition become chains: post-norm transformers and post-activation networks. */
class ChainRewriteTrailingTest {

    /** The streams' resolution of 1e-6 through six blocks and norms. */
    private static final double TOLERANCE = 5e-5;

    private static final ChainRewrite.Options EXACT = ChainRewrite.Options.exact();

    private static void assertClose(INDArray expected, INDArray actual) {
        GraphValues.assertClose(expected, actual, TOLERANCE);
    }

    @ParameterizedTest
    @EnumSource(names = {"CHECKPOINT", "STORE"})
    void aPostNormTransformerBecomesOneChain(ChainMode mode) {
        SameDiff sd = StockVit.postNorm();
        ChainRewrite.Result result = ChainRewrite.convert(
                sd,
                ChainRewrite.Options.chains(c -> c.coefficients(CoefficientSchedule.constant(1, 0))
                                .mode(mode))
                        .sample(StockVit.values()));
        assertEquals(Map.of("chain0", StockVit.BLOCKS), result.chains(), result.toString());
        assertEquals(Map.of(), result.left(), result.toString());
        SameDiff converted = result.graph();
        assertTrue(converted.hasVariable("block2/normed") && !converted.hasVariable("block0/normed"));
        StockVit.assertAlike(sd, converted, TOLERANCE, "block2/out", "block2/normed", "logits", "loss");
    }

    @Test
    void aPostNormTransformerTrainsInReverse() {
        SameDiff reverse = ChainRewrite.convert(
                        StockVit.postNorm(),
                        ChainRewrite.Options.chains(c -> c.coefficients(CoefficientSchedule.constant(1, 0.125))))
                .graph();
        float before = reverse.outputSingle(StockVit.values(), "loss").getFloat();
        try (SameDiffTrainer trainer = new SameDiffTrainer(reverse)) {
            for (int i = 0; i < 8; i++) {
                trainer.fit(new MultiDataSet(StockVit.features(), new INDArray[] {StockVit.labels()}));
            }
        }
        float after = reverse.outputSingle(StockVit.values(), "loss").getFloat();
        assertTrue(after < before, before + " to " + after);
    }

    /** Three blocks of relu(x + F(x)). */
    private static SameDiff postActivation(boolean readFromOutside) {
        Nd4j.getRandom().setSeed(6);
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 4);
        for (int i = 0; i < 3; i++) {
            SDVariable w = sd.var("w" + i, Nd4j.randn(DataType.FLOAT, 4, 4));
            x = sd.nn.relu("relu" + i, sd.math.tanh(x.mmul(w)).add("sum" + i, x), 0);
        }
        if (readFromOutside) {
            sd.getVariable("relu0").mul("probe", 2);
        }
        return sd;
    }

    @Test
    void aPostActivationNetworkBecomesAChainUnlessItsActivationsAreReadFromOutside() {
        Map<String, INDArray> input = Map.of("x", Nd4j.randn(DataType.FLOAT, 5, 4));
        SameDiff sd = postActivation(false);
        ChainRewrite.Result result = ChainRewrite.convert(sd, EXACT);
        assertEquals(Map.of("chain0", List.of("sum0", "sum1", "sum2")), result.chains());
        assertClose(sd.outputSingle(input, "relu2"), result.graph().outputSingle(input, "relu2"));
        SameDiff probed = postActivation(true);
        ChainRewrite.Result shorter = ChainRewrite.convert(probed, EXACT);
        assertEquals(Map.of("chain0", List.of("sum1", "sum2")), shorter.chains());
        assertClose(probed.outputSingle(input, "probe"), shorter.graph().outputSingle(input, "probe"));
        assertEquals(
                Map.of("chain0", List.of("sum1", "sum2")),
                ChainRewrite.convert(sd, EXACT.keep("relu0")).chains());
    }

    /** A function that mixes features is no r: it may change the shape. */
    @Test
    void aLinearLayerBetweenBlocksEndsAChain() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 4);
        for (int i = 0; i < 4; i++) {
            x = sd.math.tanh(x).add("sum" + i, x);
            x = i == 1 ? sd.nn.relu(x, 0).mmul(sd.var("w", Nd4j.randn(DataType.FLOAT, 4, 4))) : sd.nn.relu(x, 0);
        }
        assertEquals(
                Map.of("chain0", List.of("sum0", "sum1"), "chain1", List.of("sum2", "sum3")),
                ChainRewrite.convert(sd, EXACT).chains());
    }

    @Test
    void aMeanIsNoTrailingFunctionOnASample() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 4);
        for (int i = 0; i < 4; i++) {
            x = sd.math.tanh(x).add("sum" + i, x);
            x = i == 1 ? x.mean(true, 1) : x;
        }
        Map<String, INDArray> sample = Map.of("x", Nd4j.rand(DataType.FLOAT, 2, 4));
        assertEquals(
                Map.of("chain0", List.of("sum0", "sum1"), "chain1", List.of("sum2", "sum3")),
                ChainRewrite.convert(sd, EXACT.sample(sample)).chains());
    }
}
