package org.revlayers.internal.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.internal.graph.RazorNets.razorOps;
import static org.revlayers.internal.graph.RazorNets.with;

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
class RazorRewriteChoiceTest {

    private static final RazorOptions FP16 = RazorOptions.of(0.9, RazorValues.FP16);

    @TempDir
    Path folder;

    @Test
    void everyOpOfAVitWhoseActivationNothingElseKeepsIsSwapped() {
        SameDiff sd = RazorNets.vit();
        String before = sd.summary();
        RazorRewrite.Result result = RazorRewrite.convert(sd, with(sd, FP16));
        assertEquals(before, sd.summary());
        assertEquals(
                Map.of(
                        "razor_layer_norm", 5,
                        "razor_linear", 13, // q, k, v, proj, fc1 and fc2 of each block, and the head
                        "razor_matmul", 4,
                        "razor_softmax", 2),
                razorOps(result.graph()),
                result.toString());
        assertEquals(Set.of("embedding"), result.left().keySet(), result.toString());
        assertTrue(result.left().get("embedding").contains("a placeholder"), result.toString());
        assertEquals(List.of("a/norm1"), result.swapped().get("a/k"));
        assertEquals(List.of("a/p"), result.swapped().get("a/p"));
        assertEquals(2, result.swapped().get("b/o").size());
        assertEquals(List.of("a/norm1"), result.swapped().get("a/q"));
    }

    @Test
    void exceptionsAreRespected() {
        SameDiff sd = RazorNets.vit();
        RazorRewrite.Result result = RazorRewrite.convert(
                sd, with(sd, FP16).dense("a/fc2", "a/scores", "a/o").prune("b/fc2", 0.5));
        assertEquals(12, razorOps(result.graph()).get("razor_linear"), result.toString());
        assertEquals(1, razorOps(result.graph()).get("razor_softmax"), result.toString());
        assertEquals("it is to stay", result.left().get("a/fc2"));
        assertEquals("it is to stay", result.left().get("a/scores"));
        assertEquals("\"a/p\" is kept dense for matmul_bp anyway", result.left().get("a/p"));
        assertEquals(0.5, pruned(result.graph(), "b/fc2"));
        assertEquals(0.9, pruned(result.graph(), "b/fc1"));
        assertThrows(IllegalArgumentException.class, () -> RazorRewrite.convert(sd, FP16.dense("unknown")));
        assertThrows(IllegalArgumentException.class, () -> FP16.prune("b/fc2", 1));
    }

    private static double pruned(SameDiff sd, String value) {
        return ((DynamicCustomOp) sd.getVariableOutputOp(value)).getTArgument(0);
    }

    /** Without shapes the axis 1 of a norm may not be the last, and nothing is predicted. */
    @Test
    void withoutShapesNormsAreLeftAndNothingIsPredicted() {
        RazorRewrite.Result result = RazorRewrite.convert(RazorNets.vit(), FP16);
        assertEquals(
                Set.of("razor_linear", "razor_matmul", "razor_softmax"),
                razorOps(result.graph()).keySet());
        assertTrue(result.left().get("a/norm1").contains("give the placeholders' shapes"), result.toString());
        assertEquals(OptionalLong.empty(), result.keptBefore());
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
        RazorRewrite.Result result = RazorRewrite.convert(sd, RazorOptions.of(0.5, RazorValues.FULL));
        String report = result.toString();
        assertEquals(
                Map.of("first", List.of("frozen"), "square", List.of("product"), "turned", List.of("tripled")),
                result.swapped());
        assertEquals(Map.of("razor_linear", 1, "razor_matmul", 2), razorOps(result.graph()));
        assertTrue(result.left().get("square").contains("\"h\" is kept dense for"), report);
        assertTrue(result.left().get("columns").contains("not over the last axis"), report);
        assertEquals("no loss depends on it", result.left().get("unused"));
        assertEquals("no parameter is trained through it", result.left().get("frozen"));
        assertTrue(result.keptAfter().getAsLong() < result.keptBefore().getAsLong(), report);
        Map<String, INDArray> in = Map.of("x", Nd4j.ones(6, 4));
        assertEquals(sd.outputSingle(in, "loss"), result.graph().outputSingle(in, "loss"));
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> RazorRewrite.convert(
                                sd, RazorOptions.of(0.5, RazorValues.FULL).dense("first", "square", "turned")))
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
        RazorRewrite.Result result =
                RazorRewrite.convert(sd, RazorOptions.of(0.5, RazorValues.FULL).shape("x", 6, 4));
        assertEquals(Map.of("last", List.of("h")), result.swapped(), result.toString());
        assertEquals(
                Set.of("mixed", "normed", "factors", "first"), result.left().keySet(), result.toString());
        result.left().values().forEach(why -> assertTrue(why.contains("constants alone"), why));
    }

    /** A file does not tell unknown shapes from those of scalars. */
    @Test
    void aLoadedGraphIsRewrittenToo() {
        File file = folder.resolve("stock.fb").toFile();
        RazorNets.vit().save(file, true);
        SameDiff loaded = SameDiff.load(file, true);
        assertEquals(13, razorOps(RazorRewrite.convert(loaded, FP16).graph()).get("razor_linear"));
        RazorOptions options = with(loaded, FP16).shape("label", RazorNets.BATCH, RazorNets.CLASSES);
        assertEquals(5, razorOps(RazorRewrite.convert(loaded, options).graph()).get("razor_layer_norm"));
    }
}
