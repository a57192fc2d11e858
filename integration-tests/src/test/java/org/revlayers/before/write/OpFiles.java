package org.revlayers.before.write;

import java.util.function.UnaryOperator;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.keep.RazorValues;
import org.revlayers.op.RevOps;

/** SameDiff graphs with each op but chains. */
final class OpFiles {

    private static final int W = Sheet.WIDTH;

    private OpFiles() {}

    static void write(Writer to) {
        rows(to, "op-coded", x -> RevOps.resilu2(RevOps.regelu2(x)));
        rows(to, "op-exact", x -> RevOps.relu1bit(RevOps.silu(RevOps.gelu(x))));
        rows(to, "op-norms", x -> RevOps.msRmsNorm(RevOps.add(x, RevOps.msLayerNorm(x, 1e-6)), 1e-5));
        rows(to, "op-dropout", x -> RevOps.dropoutReplayAlways(RevOps.dropoutReplay(x, 0.2, 11), 0.1, 3));
        attention(to, false);
        attention(to, true);
        razor(to, "op-razor", RazorValues.FULL, RazorValues.FP16);
        razor(to, "op-razor-small", RazorValues.BF16, RazorValues.INT8);
    }

    private static void rows(Writer to, String name, UnaryOperator<SDVariable> op) {
        Sheet sheet = new Sheet(3, W);
        SDVariable u = sheet.in.mmul(sheet.weight("w0", W, W));
        to.graph(name, sheet.end(op.apply(u).mmul(sheet.weight("w1", W, W))), sheet.batch());
    }

    private static void attention(Writer to, boolean causal) {
        Sheet sheet = new Sheet(2, 2, 5, W);
        SDVariable q = sheet.in.mul(sheet.weight("q", W));
        SDVariable k = sheet.in.mul(sheet.weight("k", W));
        SDVariable v = sheet.in.mul(sheet.weight("v", W));
        SDVariable mask =
                sheet.sd.constant("mask", Nd4j.createFromArray(new float[][] {{1, 1, 1, 1, 1}, {1, 1, 1, 1, 0}}));
        SDVariable y = causal ? RevOps.memAttention(q, k, v, mask, 0.3, true) : RevOps.memAttention(q, k, v);
        to.graph(causal ? "op-attention-causal" : "op-attention", sheet.end(y), sheet.batch());
    }

    /** Norm, convolution, linear layer, two products and a softmax. */
    private static void razor(Writer to, String name, RazorValues values, RazorValues others) {
        Sheet sheet = new Sheet(2, 5, W);
        SDVariable x = sheet.in.mul(sheet.weight("gain", W));
        SDVariable norm = RevOps.razorLayerNorm(x, sheet.ones("scale", W), sheet.weight("shift", W), 0.5, values);
        SDVariable image = sheet.sd.reshape(norm, 2, 1, 5, W);
        Conv2DConfig same =
                Conv2DConfig.builder().kH(3).kW(3).paddingMode(PaddingMode.SAME).build();
        SDVariable bias = sheet.sd.var("bias", Nd4j.zeros(DataType.FLOAT, 1));
        SDVariable conv = RevOps.razorConv2d(image, sheet.weight("filter", 3, 3, 1, 1), bias, same, 0.4, values);
        SDVariable a = sheet.sd.reshape(conv, 2, 5, W);
        SDVariable q = RevOps.razorLinear(a, sheet.weight("q", W, W), sheet.weight("qb", W), 0.75, others);
        SDVariable p = RevOps.razorSoftmax(RevOps.razorMatmul(q, a, false, true, 0.5, others), 0.5, values);
        SDVariable y = RevOps.razorMatmul(p, a, false, false, 0.3, values);
        to.graph(name, sheet.end(y), sheet.batch());
    }
}
