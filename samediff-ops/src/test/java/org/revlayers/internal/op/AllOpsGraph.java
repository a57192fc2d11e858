package org.revlayers.internal.op;

import java.io.File;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.graph.GraphChain;
import org.revlayers.keep.RazorValues;
import org.revlayers.op.RevOps;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;

/** A graph with every op in it, and a program that loads it in a JVM of its own. */
public final class AllOpsGraph {

    private static final int TOKENS = 6;
    private static final int WIDTH = 8;

    private AllOpsGraph() {}

    static SameDiff make() {
        Nd4j.getRandom().setSeed(7);
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, 2, TOKENS, WIDTH);
        SDVariable gain =
                sd.var("gain", Nd4j.rand(DataType.FLOAT, 2, TOKENS, WIDTH).addi(0.5));
        SDVariable a = RevOps.msLayerNorm(x.mul(gain), 1e-6);
        SDVariable heads = sd.permute(sd.reshape(a, 2, TOKENS, 2, WIDTH / 2), 0, 2, 1, 3);
        SDVariable mask = sd.constant("mask", Nd4j.ones(DataType.FLOAT, 2, TOKENS));
        SDVariable o = RevOps.memAttention(heads, heads, heads, mask, 0.3, true);
        SDVariable b = sd.reshape(sd.permute(o, 0, 2, 1, 3), 2, TOKENS, WIDTH);
        SDVariable c = RevOps.msRmsNorm(RevOps.add(b, x), 1e-6);
        SDVariable chain = chain(sd, ChainMode.REVERSE, chain(sd, ChainMode.STORE, c));
        SDVariable d = RevOps.gelu(RevOps.regelu2(chain.mul(gain)));
        SDVariable e = RevOps.silu(RevOps.resilu2(d.mul(2)));
        SDVariable r = razor(sd, e);
        SDVariable f = RevOps.relu1bit(RevOps.dropoutReplay(r, 0.2, 11)).rename("y");
        f.sub(1).norm2("loss");
        sd.setLossVariables("loss");
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(new Adam(1e-2))
                .dataSetFeatureMapping("x")
                .markLabelsUnused()
                .build());
        return sd;
    }

    private static SDVariable razor(SameDiff sd, SDVariable x) {
        SDVariable scale = sd.constant("scale", Nd4j.ones(DataType.FLOAT, WIDTH));
        SDVariable norm = RevOps.razorLayerNorm(x, scale, null, 0.5, RazorValues.BF16);
        SDVariable image = sd.reshape(norm, 2, 1, TOKENS, WIDTH);
        SDVariable filter = sd.var("filter", Nd4j.rand(DataType.FLOAT, 3, 3, 1, 1));
        Conv2DConfig same =
                Conv2DConfig.builder().kH(3).kW(3).paddingMode(PaddingMode.SAME).build();
        SDVariable conv = RevOps.razorConv2d(image, filter, null, same, 0.5, RazorValues.FP16);
        SDVariable a = sd.reshape(conv, 2, TOKENS, WIDTH);
        SDVariable w = sd.var("square", Nd4j.rand(DataType.FLOAT, WIDTH, WIDTH));
        SDVariable q = RevOps.razorLinear(a, w, scale, 0.5, RazorValues.INT8);
        SDVariable p = RevOps.razorMatmul(q, a, false, true, 0.5, RazorValues.INT8);
        return RevOps.razorMatmul(
                RevOps.razorSoftmax(p, 0.5, RazorValues.FULL), a, false, false, 0.5, RazorValues.FULL);
    }

    private static SDVariable chain(SameDiff sd, ChainMode mode, SDVariable x) {
        return GraphChain.in(sd, "chain" + mode)
                .mode(mode)
                .coefficients(CoefficientSchedule.linear(1, 0.125, 0.25, 0.75, 2))
                .then(
                        "a",
                        (g, u) -> RevOps.dropoutReplay(
                                u.mul(g.var("w", Nd4j.rand(DataType.FLOAT, WIDTH))), 0.1, mode.ordinal()))
                .then("b", (g, u) -> RevOps.silu(u.mul(g.var("w", Nd4j.rand(DataType.FLOAT, WIDTH)))))
                .of(x);
    }

    static INDArray input() {
        return Nd4j.linspace(-2, 2, 2L * TOKENS * WIDTH, DataType.FLOAT).reshape(2, TOKENS, WIDTH);
    }

    /** Output, the output after two more training steps, and a gradient: in this order, because dropout follows the number of steps. */
    static Map<String, float[]> results(SameDiff sd) {
        Map<String, float[]> results = new TreeMap<>();
        results.put("1 output", floats(sd.outputSingle(Map.of("x", input()), "y")));
        sd.fit(new DataSet(input(), null));
        sd.fit(new DataSet(input(), null));
        results.put("3 trained", floats(sd.outputSingle(Map.of("x", input()), "y")));
        Map<String, INDArray> gradients =
                sd.calculateGradients(Map.of("x", input()), "gain", "chainREVERSE/b/w", "square");
        results.put("4 gradient", floats(gradients.get("gain")));
        results.put("5 gradient in a chain", floats(gradients.get("chainREVERSE/b/w")));
        results.put("6 gradient of a thinned input", floats(gradients.get("square")));
        return results;
    }

    static float[] floats(INDArray array) {
        return array.dup('c').data().asFloat();
    }

    /** Loads the file and prints the results: no call into revlayers, as a user's program that only has the jar. */
    public static void main(String[] args) throws Exception {
        SameDiff sd = SameDiff.load(new File(args[0]), true);
        results(sd).forEach((name, values) -> System.out.println("RESULT " + name + " " + Arrays.toString(values)));
    }
}
