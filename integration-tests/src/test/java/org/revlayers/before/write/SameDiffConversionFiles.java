package org.revlayers.before.write;

import java.util.Map;
import java.util.function.UnaryOperator;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.revlayers.Lean;
import org.revlayers.before.Results;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorValues;
import org.revlayers.op.RevOps;

/** SameDiff graphs that were converted. */
final class SameDiffConversionFiles {

    private static final int W = Sheet.WIDTH;

    private SameDiffConversionFiles() {}

    static void write(Writer to) {
        Memory moving = Memory.reversible(OpChainFiles.moving());
        for (boolean post : new boolean[] {false, true}) {
            String name = post ? "post" : "pre";
            Sheet sheet = new Sheet(3, W);
            UnaryOperator<SDVariable> after = post ? x -> sheet.sd.nn.relu(x, 0) : x -> x;
            SameDiff graph = residual(sheet, after);
            Map<String, INDArray> sample = Map.of("in", sheet.batch().arrays().get(Results.FEATURES));
            SameDiff chain = Lean.convert(graph, moving, sample).network();
            to.graph("sd-reversible-" + name, chain, sheet.batch());
            Memory razor = Memory.razor(0.6).values(RazorValues.FP16);
            to.graph("sd-razor-" + name, Lean.convert(graph, razor).network(), sheet.batch());
        }
        Sheet images = new Sheet(2, 1, 5, 5);
        SameDiff graph = convolutions(images);
        Map<String, INDArray> sample = Map.of("in", images.batch().arrays().get(Results.FEATURES));
        Memory razor = Memory.razor(0.5).values(RazorValues.INT8);
        to.graph("sd-razor-images", Lean.convert(graph, razor, sample).network(), images.batch());
    }

    private static SameDiff residual(Sheet sheet, UnaryOperator<SDVariable> after) {
        SDVariable x = after.apply(sheet.in.mmul(sheet.weight("stem", W, W)));
        for (String name : new String[] {"a", "b"}) {
            SDVariable gain = sheet.ones(name + "/gain", W);
            SDVariable z = sheet.sd.nn.layerNorm(x, gain, sheet.weight(name + "/shift", W), true, 1);
            SDVariable u = sheet.sd.nn.linear(z, sheet.weight(name + "/w1", W, W), sheet.weight(name + "/b1", W));
            SDVariable f = RevOps.gelu(u).mmul(sheet.weight(name + "/w2", W, W));
            x = after.apply(x.add(f));
        }
        return sheet.end(x.mmul(sheet.weight("head", W, W)));
    }

    private static SameDiff convolutions(Sheet sheet) {
        Conv2DConfig same =
                Conv2DConfig.builder().kH(3).kW(3).paddingMode(PaddingMode.SAME).build();
        SDVariable u = sheet.sd.cnn.conv2d(sheet.in, sheet.weight("w0", 3, 3, 1, 2), sheet.weight("b0", 2), same);
        SDVariable v =
                sheet.sd.cnn.conv2d(RevOps.relu1bit(u), sheet.weight("w1", 3, 3, 2, 2), sheet.weight("b1", 2), same);
        return sheet.end(RevOps.relu1bit(v).mean(2, 3).mmul(sheet.weight("head", 2, W)));
    }
}
