package org.revlayers.internal.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.internal.graph.RazorNets.razorOps;
import static org.revlayers.internal.graph.RazorNets.with;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.graph.GraphValues;
import org.revlayers.keep.RazorValues;
import org.revlayers.op.RevOps;
import org.revlayers.training.SameDiffTrainer;

/** Graphs of stock ops get ops that keep thinned activations. */
class RazorRewriteTest {

    private static final RazorOptions FP16 = RazorOptions.of(0.9, RazorValues.FP16);

    @TempDir
    Path folder;

    private static SameDiff net(String name) {
        return name.equals("vit") ? RazorNets.vit() : RazorNets.cnn();
    }

    private static void assertSame(INDArray expected, INDArray actual) {
        assertArrayEquals(
                expected.dup('c').data().asDouble(), actual.dup('c').data().asDouble());
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit", "cnn"})
    void forwardHasTheSameBits(String name) {
        SameDiff sd = net(name);
        SameDiff thin = RazorRewrite.convert(sd, with(sd, FP16)).graph();
        for (String value : List.of("logits", "loss")) {
            assertSame(sd.outputSingle(RazorNets.input(sd), value), thin.outputSingle(RazorNets.input(sd), value));
        }
        assertEquals(
                GraphValues.parameters(sd).keySet(),
                GraphValues.parameters(thin).keySet());
        assertEquals(sd.getLossVariables(), thin.getLossVariables());
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit", "cnn"})
    void nothingPrunedGivesTheGradients(String name) {
        SameDiff sd = net(name);
        RazorOptions all = with(sd, RazorOptions.of(0, RazorValues.FULL));
        Map<String, INDArray> expected = RazorNets.gradients(sd);
        Map<String, INDArray> actual =
                RazorNets.gradients(RazorRewrite.convert(sd, all).graph());
        expected.forEach((parameter, gradient) -> {
            double error = gradient.sub(actual.get(parameter)).amaxNumber().doubleValue();
            assertTrue(error < 1e-6 * (1 + gradient.amaxNumber().doubleValue()), parameter + " differs by " + error);
        });
        INDArray head = RazorNets.gradients(
                        RazorRewrite.convert(sd, with(sd, FP16)).graph())
                .get("head/w");
        assertTrue(expected.get("head/w").distance2(head) > 1e-4, "pruned gradients differ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit", "cnn"})
    void keepsWhatWasPredictedAndLearns(String name) {
        SameDiff sd = net(name);
        RazorRewrite.Result result = RazorRewrite.convert(sd, with(sd, FP16));
        try (SameDiffTrainer stock = new SameDiffTrainer(sd);
                SameDiffTrainer thin = new SameDiffTrainer(result.graph())) {
            stock.fit(RazorNets.batch(sd));
            double first = thin.fit(RazorNets.batch(sd)).totalLoss();
            assertEquals(result.keptBefore().getAsLong(), stock.keptBytes(), 0.03 * stock.keptBytes());
            assertEquals(
                    result.keptAfter().getAsLong(),
                    thin.keptBytes(),
                    0.03 * thin.keptBytes(),
                    () -> result.toString() + thin.kept());
            assertTrue(thin.keptBytes() < 0.5 * stock.keptBytes(), thin.keptByOp() + " of " + stock.keptByOp());
            double last = first;
            for (int i = 0; i < 25; i++) {
                last = thin.fit(RazorNets.batch(sd)).totalLoss();
            }
            assertTrue(last < 0.7 * first, first + " to " + last);
        }
    }

    @Test
    void fitSaveAndLoadGoOn() throws Exception {
        SameDiff sd = RazorNets.vit();
        try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
            trainer.fit(RazorNets.batch(sd));
        }
        SameDiff thin = RazorRewrite.convert(sd, FP16).graph();
        assertEquals(1, thin.getTrainingConfig().getIterationCount());
        thin.fit(RazorNets.batch(sd));
        File file = folder.resolve("thin.fb").toFile();
        thin.save(file, true);
        SameDiff loaded = SameDiff.load(file, true);
        assertEquals(razorOps(thin), razorOps(loaded));
        assertSame(
                thin.outputSingle(RazorNets.input(sd), "logits"), loaded.outputSingle(RazorNets.input(sd), "logits"));
        thin.fit(RazorNets.batch(sd));
        loaded.fit(RazorNets.batch(sd));
        GraphValues.parameters(thin)
                .forEach((name, value) ->
                        assertSame(value, loaded.getVariable(name).getArr()));
    }

    /** A product that is thinned already must not become the source of the copy that what it waits for reads. */
    @Test
    void aGraphMayHaveSuchOpsAlready() {
        Map<String, INDArray> in =
                Map.of("x", Nd4j.linspace(-1, 1, 24, DataType.FLOAT).reshape(6, 4));
        RazorOptions options = RazorOptions.of(0.5, RazorValues.FULL);
        SameDiff stock = RazorRewrite.convert(squared(false), options).graph();
        RazorRewrite.Result result = RazorRewrite.convert(squared(true), options);
        assertEquals(List.of("tanh"), result.swapped().get("first"), result.toString());
        assertEquals(Map.of("razor_linear", 1, "razor_matmul", 1), razorOps(result.graph()));
        assertSame(stock.outputSingle(in, "loss"), result.graph().outputSingle(in, "loss"));
        assertSame(
                stock.calculateGradients(in, "w").get("w"),
                result.graph().calculateGradients(in, "w").get("w"));
    }

    private static SameDiff squared(boolean thinned) {
        Nd4j.getRandom().setSeed(2);
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.math.tanh(sd.placeHolder("x", DataType.FLOAT, 6, 4).mul(sd.var("gain", Nd4j.ones(4))));
        SDVariable y = sd.math.tanh(sd.mmul("first", x, sd.var("w", Nd4j.rand(DataType.FLOAT, 4, 4))));
        SDVariable z = thinned
                ? RevOps.razorMatmul(x, y, false, true, 0.5, RazorValues.FULL)
                : sd.mmul(x, y, false, true, false);
        z.sub(1).norm2("loss");
        sd.setLossVariables("loss");
        return sd;
    }

    /** A weight behind a permutation, a cast or a product is no activation: what is beside it is thinned, whose gradient stays exact. */
    @ParameterizedTest
    @CsvSource({"permuted,false", "cast,false", "scaled,false", "permuted,true", "cast,true", "scaled,true"})
    void aComputedWeightIsNotThinned(String how, boolean left) {
        SameDiff sd = computedWeight(how, left);
        Map<String, INDArray> in =
                Map.of("x", Nd4j.linspace(-1, 1, 24, DataType.FLOAT).reshape(6, 4));
        RazorOptions options = RazorOptions.of(0.5, RazorValues.FULL);
        RazorRewrite.Result result = RazorRewrite.convert(sd, options);
        assertEquals(Map.of("product", List.of("tanh")), result.swapped(), result.toString());
        assertEquals(Map.of(), result.left(), result.toString());
        Map<String, INDArray> expected = sd.calculateGradients(in, "gain", "w");
        Map<String, INDArray> actual = result.graph().calculateGradients(in, "gain", "w");
        assertSame(sd.outputSingle(in, "loss"), result.graph().outputSingle(in, "loss"));
        assertSame(expected.get("gain"), actual.get("gain"));
        assertTrue(expected.get("w").distance2(actual.get("w")) > 1e-3, "the weight's gradient is approximate");
    }

    private static SameDiff computedWeight(String how, boolean left) {
        Nd4j.getRandom().setSeed(2);
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.math.tanh(sd.placeHolder("x", DataType.FLOAT, 6, 4).mul(sd.var("gain", Nd4j.ones(4))));
        SDVariable w = sd.var("w", Nd4j.randn(how.equals("cast") ? DataType.DOUBLE : DataType.FLOAT, 4, 4));
        SDVariable computed =
                switch (how) {
                    case "permuted" -> w.permute(1, 0);
                    case "cast" -> w.castTo(DataType.FLOAT);
                    default -> w.mul(0.5);
                };
        SDVariable product = left
                ? sd.mmul("product", computed, x, false, true, false)
                : sd.mmul("product", x, computed, false, false, false);
        product.sub(1).norm2("loss");
        sd.setLossVariables("loss");
        return sd;
    }

    /** The table is looked up and, turned, computes the logits. By a product with ones: the stock gather fails in its backward (M2.1). */
    @Test
    void aTiedEmbeddingThinsTheActivationAlone() {
        Nd4j.getRandom().setSeed(5);
        SameDiff sd = SameDiff.create();
        SDVariable table = sd.var("table", Nd4j.randn(DataType.FLOAT, 11, 6));
        SDVariable rows = sd.placeHolder("ids", DataType.FLOAT, 8, 11).mmul("rows", table);
        SDVariable h = sd.math.tanh(sd.mmul("hidden", rows, sd.var("w", Nd4j.randn(DataType.FLOAT, 6, 6))));
        SDVariable logits = h.rename("h").mmul("logits", table.permute(1, 0));
        sd.setLossVariables(logits.sub(1).norm2("loss"));
        RazorRewrite.Result result =
                RazorRewrite.convert(sd, RazorOptions.of(0.8, RazorValues.FULL).shape("ids", 8, 11));
        assertEquals(List.of("h"), result.swapped().get("logits"), result.toString());
        assertEquals(Set.of("hidden", "logits"), result.swapped().keySet(), result.toString());
        Map<String, INDArray> in =
                Map.of("ids", Nd4j.eye(11).castTo(DataType.FLOAT).getRows(3, 1, 4, 1, 5, 9, 2, 6));
        Map<String, INDArray> expected = sd.calculateGradients(in, "hidden", "table");
        Map<String, INDArray> actual = result.graph().calculateGradients(in, "hidden", "table");
        assertSame(expected.get("hidden"), actual.get("hidden"));
        assertTrue(expected.get("table").distance2(actual.get("table")) > 1e-3, "the table's gradient is approximate");
    }
}
