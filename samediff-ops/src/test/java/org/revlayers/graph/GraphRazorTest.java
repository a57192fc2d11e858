package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.kernel.RazorValues;
import org.revlayers.memory.SameDiffTrainer;
import org.revlayers.op.RevOps;

/** Graphs of stock ops get ops that keep thinned activations. */
@ExtendWith(CacheOff.class)
class GraphRazorTest {

    private static final RazorGraphOptions FP16 = RazorGraphOptions.of(0.9, RazorValues.FP16);

    @TempDir
    Path folder;

    private static SameDiff net(String name) {
        return name.equals("vit") ? RazorNets.vit() : RazorNets.cnn();
    }

    private static RazorGraphOptions with(SameDiff sd, RazorGraphOptions options) {
        return options.shape("in", RazorNets.inputShape(sd));
    }

    private static Map<String, Integer> razorOps(SameDiff sd) {
        return sd.getOps().values().stream()
                .map(op -> op.getOp().opName())
                .filter(op -> op.startsWith("razor"))
                .collect(Collectors.toMap(op -> op, op -> 1, Integer::sum, TreeMap::new));
    }

    private static void assertSame(INDArray expected, INDArray actual) {
        assertArrayEquals(
                expected.dup('c').data().asDouble(), actual.dup('c').data().asDouble());
    }

    @Test
    void everyOpOfAVitWhoseActivationNothingElseKeepsIsSwapped() {
        SameDiff sd = RazorNets.vit();
        String before = sd.summary();
        GraphRazor.Result result = GraphRazor.apply(sd, with(sd, FP16));
        assertEquals(before, sd.summary());
        assertEquals(
                Map.of(
                        "razor_layer_norm", 5,
                        "razor_linear", 13, // q, k, v, proj, fc1 and fc2 of each block, and the head
                        "razor_matmul", 4,
                        "razor_softmax", 2),
                razorOps(result.graph()),
                result.report());
        assertEquals(Set.of("embedding"), result.left().keySet(), result.report());
        assertTrue(result.left().get("embedding").contains("a placeholder"), result.report());
        assertEquals(List.of("a/norm1"), result.swapped().get("a/k"));
        assertEquals(List.of("a/p"), result.swapped().get("a/p"));
        assertEquals(2, result.swapped().get("b/o").size());
        assertTrue(result.report().contains("a/q: razor_linear, thins a/norm1\n"), result.report());
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit", "cnn"})
    void forwardHasTheSameBits(String name) {
        SameDiff sd = net(name);
        SameDiff thin = GraphRazor.apply(sd, with(sd, FP16)).graph();
        for (String value : List.of("logits", "loss")) {
            assertSame(sd.outputSingle(RazorNets.input(sd), value), thin.outputSingle(RazorNets.input(sd), value));
        }
        assertEquals(ChainNet.parameters(sd).keySet(), ChainNet.parameters(thin).keySet());
        assertEquals(sd.getLossVariables(), thin.getLossVariables());
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit", "cnn"})
    void nothingPrunedGivesTheGradients(String name) {
        SameDiff sd = net(name);
        RazorGraphOptions all = with(sd, RazorGraphOptions.of(0, RazorValues.FULL));
        Map<String, INDArray> expected = RazorNets.gradients(sd);
        Map<String, INDArray> actual =
                RazorNets.gradients(GraphRazor.apply(sd, all).graph());
        expected.forEach((parameter, gradient) -> {
            double error = gradient.sub(actual.get(parameter)).amaxNumber().doubleValue();
            assertTrue(error < 1e-6 * (1 + gradient.amaxNumber().doubleValue()), parameter + " differs by " + error);
        });
        INDArray head = RazorNets.gradients(GraphRazor.apply(sd, with(sd, FP16)).graph())
                .get("head/w");
        assertTrue(expected.get("head/w").distance2(head) > 1e-4, "pruned gradients differ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit", "cnn"})
    void keepsWhatWasPredictedAndLearns(String name) {
        SameDiff sd = net(name);
        GraphRazor.Result result = GraphRazor.apply(sd, with(sd, FP16));
        try (SameDiffTrainer stock = new SameDiffTrainer(sd);
                SameDiffTrainer thin = new SameDiffTrainer(result.graph())) {
            stock.fit(RazorNets.batch(sd));
            double first = thin.fit(RazorNets.batch(sd)).totalLoss();
            assertEquals(result.keptBefore().getAsLong(), stock.keptBytes(), 0.03 * stock.keptBytes());
            assertEquals(
                    result.keptAfter().getAsLong(),
                    thin.keptBytes(),
                    0.03 * thin.keptBytes(),
                    () -> result.report() + thin.kept());
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
        SameDiff thin = GraphRazor.apply(sd, FP16.kinds(RazorKind.LINEAR, RazorKind.MATMUL))
                .graph();
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
        ChainNet.parameters(thin)
                .forEach((name, value) ->
                        assertSame(value, loaded.getVariable(name).getArr()));
        GraphReversify.copyParameters(thin, sd);
        assertSame(thin.outputSingle(RazorNets.input(sd), "loss"), sd.outputSingle(RazorNets.input(sd), "loss"));
    }

    @Test
    void kindsAndExceptionsAreRespected() {
        SameDiff sd = RazorNets.vit();
        GraphRazor.Result result = GraphRazor.apply(
                sd,
                with(sd, FP16)
                        .kinds(RazorKind.LINEAR, RazorKind.SOFTMAX)
                        .dense("a/fc2")
                        .prune("b/fc2", 0.5));
        assertEquals(Map.of("razor_linear", 12), razorOps(result.graph()), result.report());
        assertEquals("it is to stay", result.left().get("a/fc2"));
        assertEquals("it is to stay", result.left().get("a/scores"));
        assertEquals("\"a/p\" is kept dense for matmul_bp anyway", result.left().get("a/p"));
        assertEquals(0.5, pruned(result.graph(), "b/fc2"));
        assertEquals(0.9, pruned(result.graph(), "b/fc1"));
        assertThrows(IllegalArgumentException.class, () -> GraphRazor.apply(sd, FP16.dense("unknown")));
        assertThrows(IllegalArgumentException.class, () -> FP16.prune("b/fc2", 1));
    }

    private static double pruned(SameDiff sd, String value) {
        return ((DynamicCustomOp) sd.getVariableOutputOp(value)).getTArgument(0);
    }

    /** Without shapes the axis 1 of a norm may not be the last, and nothing is predicted. */
    @Test
    void withoutShapesNormsAreLeftAndNothingIsPredicted() {
        GraphRazor.Result result = GraphRazor.apply(RazorNets.vit(), FP16);
        assertEquals(
                Set.of("razor_linear", "razor_matmul", "razor_softmax"),
                razorOps(result.graph()).keySet());
        assertTrue(result.left().get("a/norm1").contains("give the placeholders' shapes"), result.report());
        assertEquals(OptionalLong.empty(), result.keptBefore());
        assertFalse(result.report().contains("kept for backward"));
    }

    @Test
    void saysWhatIsLeftAndWhy() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, 6, 4);
        SDVariable w = sd.var("w", Nd4j.rand(DataType.FLOAT, 4, 4));
        SDVariable c = sd.constant("c", Nd4j.rand(DataType.FLOAT, 4, 4));
        sd.mmul("fixed", x, c);
        SDVariable frozen = sd.mmul("frozen", x.mul(2), c);
        sd.nn.softmax("unused", sd.mmul("direct", x, w), -1);
        SDVariable h = sd.math.tanh(sd.mmul("first", frozen, w)).rename("h");
        SDVariable kept = h.mul(h.add(1)).rename("product");
        SDVariable square = sd.mmul("square", h, kept, true, false, false);
        SDVariable columns = sd.nn.softmax("columns", square, 0);
        SDVariable turned = sd.mmul("turned", w, columns.mul(3).rename("tripled"), false, true, false);
        sd.setLossVariables(turned.sub(1).norm2("loss"));
        GraphRazor.Result result = GraphRazor.apply(sd, RazorGraphOptions.of(0.5, RazorValues.FULL));
        String report = result.report();
        assertTrue(report.contains("first: razor_linear, thins frozen\n"), report);
        assertTrue(report.contains("square: razor_matmul, thins product\n"), report);
        assertTrue(report.contains("turned: razor_matmul, thins tripled\n"), report);
        assertTrue(result.left().get("square").contains("\"h\" is kept dense for"), report);
        assertTrue(result.left().get("columns").contains("not over the last axis"), report);
        assertEquals("no loss depends on it", result.left().get("unused"));
        assertEquals("no parameter is trained through it", result.left().get("frozen"));
        assertTrue(result.keptAfter().getAsLong() < result.keptBefore().getAsLong(), report);
        assertSame(
                sd.outputSingle(Map.of("x", Nd4j.ones(6, 4)), "loss"),
                result.graph().outputSingle(Map.of("x", Nd4j.ones(6, 4)), "loss"));
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> GraphRazor.apply(
                                sd, RazorGraphOptions.of(0.5, RazorValues.FULL).kinds(RazorKind.CONV2D)))
                .getMessage();
        assertTrue(message.contains("finds nothing to swap"), message);
    }

    /** A product that is thinned already must not become the source of the copy that what it waits for reads. */
    @Test
    void aGraphMayHaveSuchOpsAlready() {
        Map<String, INDArray> in =
                Map.of("x", Nd4j.linspace(-1, 1, 24, DataType.FLOAT).reshape(6, 4));
        RazorGraphOptions options = RazorGraphOptions.of(0.5, RazorValues.FULL);
        SameDiff stock = GraphRazor.apply(squared(false), options).graph();
        GraphRazor.Result result = GraphRazor.apply(squared(true), options);
        assertEquals(List.of("tanh"), result.swapped().get("first"), result.report());
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
}
