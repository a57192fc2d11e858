package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.graph.RazorNets.razorOps;
import static org.revlayers.graph.RazorNets.with;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.keep.RazorValues;

/** Which ops of a graph are swapped, which are left, and what the report says. */
class GraphRazorChoiceTest {

    private static final RazorGraphOptions FP16 = RazorGraphOptions.of(0.9, RazorValues.FP16);

    @TempDir
    Path folder;

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
        Map<String, INDArray> in = Map.of("x", Nd4j.ones(6, 4));
        assertEquals(sd.outputSingle(in, "loss"), result.graph().outputSingle(in, "loss"));
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> GraphRazor.apply(
                                sd, RazorGraphOptions.of(0.5, RazorValues.FULL).kinds(RazorKind.CONV2D)))
                .getMessage();
        assertTrue(message.contains("finds nothing to swap"), message);
    }

    /** What depends on no placeholder is a weight, however it is computed: a norm or softmax of one keeps nothing of the batch. */
    @Test
    void whatIsComputedFromParametersAloneIsLeft() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, 6, 4);
        SDVariable w = sd.var("w", Nd4j.rand(DataType.FLOAT, 4, 4));
        SDVariable mixed = sd.nn.softmax("mixed", w.mul(2), -1);
        SDVariable normed = sd.nn.layerNorm("normed", mixed, sd.var("gain", Nd4j.ones(4)), false, 1);
        SDVariable factors = sd.mmul("factors", normed, w.permute(1, 0));
        SDVariable h = sd.math.tanh(sd.mmul("first", x, factors)).rename("h");
        sd.setLossVariables(sd.mmul("last", h, factors).sub(1).norm2("loss"));
        GraphRazor.Result result =
                GraphRazor.apply(sd, RazorGraphOptions.of(0.5, RazorValues.FULL).shape("x", 6, 4));
        assertEquals(Map.of("last", List.of("h")), result.swapped(), result.report());
        assertEquals(
                Set.of("mixed", "normed", "factors", "first"), result.left().keySet(), result.report());
        result.left().values().forEach(why -> assertTrue(why.contains("constants alone"), why));
    }

    /** A file does not tell unknown shapes from those of scalars. */
    @Test
    void aLoadedGraphIsRewrittenToo() {
        File file = folder.resolve("stock.fb").toFile();
        RazorNets.vit().save(file, true);
        SameDiff loaded = SameDiff.load(file, true);
        assertEquals(13, razorOps(GraphRazor.apply(loaded, FP16).graph()).get("razor_linear"));
        RazorGraphOptions options = with(loaded, FP16).shape("label", RazorNets.BATCH, RazorNets.CLASSES);
        assertEquals(5, razorOps(GraphRazor.apply(loaded, options).graph()).get("razor_layer_norm"));
    }
}
