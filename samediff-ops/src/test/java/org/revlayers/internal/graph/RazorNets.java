package org.revlayers.internal.graph;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.graph.GraphValues;
import org.revlayers.op.RevOps;

/** Graphs of stock ops, but for additions and activations that keep nothing dense, as somebody writes them who wants {@link RazorRewrite} to help. */
final class RazorNets {

    static final int BATCH = 4;
    static final int TOKENS = 9;
    static final int HEADS = 2;
    static final int WIDTH = 12;
    static final int CLASSES = 3;

    private final SameDiff sd = SameDiff.create();

    private RazorNets() {
        Nd4j.getRandom().setSeed(21);
    }

    /** Two blocks over rows {@code [batch·tokens, width]}; the second input is a placeholder too, for any batch size. */
    static SameDiff vit() {
        RazorNets net = new RazorNets();
        SDVariable x = net.linear(net.sd.placeHolder("in", DataType.FLOAT, -1, WIDTH), "embedding", WIDTH, WIDTH);
        for (String block : List.of("a", "b")) {
            x = net.block(x, block);
        }
        SDVariable pooled = net.norm(x, "norm").reshape(BATCH, TOKENS, WIDTH).mean(1);
        return net.loss(net.linear(pooled, "head", WIDTH, CLASSES));
    }

    private SDVariable block(SDVariable x, String name) {
        SDVariable z = norm(x, name + "/norm1");
        SDVariable q = heads(linear(z, name + "/q", WIDTH, WIDTH));
        SDVariable k = heads(linear(z, name + "/k", WIDTH, WIDTH));
        SDVariable v = heads(linear(z, name + "/v", WIDTH, WIDTH));
        SDVariable scores = sd.mmul(name + "/scores", q, k, false, true, false);
        SDVariable p = sd.nn.softmax(name + "/p", scores, -1);
        SDVariable o = sd.mmul(name + "/o", p, v, false, false, false);
        SDVariable rows = o.permute(0, 2, 1, 3).reshape(BATCH * TOKENS, WIDTH);
        SDVariable s = RevOps.add(x, rows.mmul(name + "/proj", weight(name + "/proj/w", WIDTH, WIDTH)));
        SDVariable h = RevOps.regelu2(linear(norm(s, name + "/norm2"), name + "/fc1", WIDTH, 2 * WIDTH));
        return RevOps.add(s, linear(h, name + "/fc2", 2 * WIDTH, WIDTH)).rename(name + "/out");
    }

    /** Three convolutions. */
    static SameDiff cnn() {
        RazorNets net = new RazorNets();
        SDVariable x = net.sd.placeHolder("in", DataType.FLOAT, BATCH, 2, 10, 10);
        x = net.conv(x, "stem", 2, 6, 1);
        x = net.conv(x, "down", 6, 8, 2);
        x = net.conv(x, "last", 8, 8, 1);
        SDVariable flat = x.mean(2, 3);
        return net.loss(net.linear(flat, "head", 8, CLASSES));
    }

    private SDVariable conv(SDVariable x, String name, int in, int out, int stride) {
        Conv2DConfig config = Conv2DConfig.builder()
                .kH(3)
                .kW(3)
                .sH(stride)
                .sW(stride)
                .paddingMode(PaddingMode.SAME)
                .build();
        SDVariable w =
                sd.var(name + "/w", Nd4j.randn(DataType.FLOAT, 3, 3, in, out).muli(Math.sqrt(2.0 / 9 / in)));
        SDVariable b = sd.var(name + "/b", Nd4j.zeros(out));
        return RevOps.relu1bit(sd.cnn.conv2d(name, x, w, b, config));
    }

    private SDVariable heads(SDVariable x) {
        return x.reshape(BATCH, TOKENS, HEADS, WIDTH / HEADS).permute(0, 2, 1, 3);
    }

    private SDVariable norm(SDVariable x, String name) {
        SDVariable gain = sd.var(name + "/gain", Nd4j.ones(WIDTH));
        return sd.nn.layerNorm(name, x, gain, sd.var(name + "/bias", Nd4j.zeros(WIDTH)), false, 1);
    }

    private SDVariable linear(SDVariable x, String name, int in, int out) {
        return sd.nn.linear(name, x, weight(name + "/w", in, out), sd.var(name + "/b", Nd4j.zeros(out)));
    }

    private SDVariable weight(String name, int in, int out) {
        return sd.var(name, Nd4j.randn(DataType.FLOAT, in, out).muli(1 / Math.sqrt(in)));
    }

    private SameDiff loss(SDVariable logits) {
        sd.loss.softmaxCrossEntropy(
                "loss", sd.placeHolder("label", DataType.FLOAT, BATCH, CLASSES), logits.rename("logits"), null);
        sd.setLossVariables("loss");
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(new Adam(1e-2))
                .dataSetFeatureMapping("in")
                .dataSetLabelMapping("label")
                .build());
        return sd;
    }

    static INDArray features(long... shape) {
        Nd4j.getRandom().setSeed(8);
        return Nd4j.randn(DataType.FLOAT, shape);
    }

    static INDArray labels() {
        INDArray labels = Nd4j.zeros(BATCH, CLASSES);
        for (int i = 0; i < BATCH; i++) {
            labels.putScalar(i, i % CLASSES, 1);
        }
        return labels;
    }

    static long[] inputShape(SameDiff sd) {
        return sd.hasVariable("stem") ? new long[] {BATCH, 2, 10, 10} : new long[] {BATCH * TOKENS, WIDTH};
    }

    static Map<String, INDArray> input(SameDiff sd) {
        return Map.of("in", features(inputShape(sd)), "label", labels());
    }

    static MultiDataSet batch(SameDiff sd) {
        return new org.nd4j.linalg.dataset.MultiDataSet(features(inputShape(sd)), labels());
    }

    static Map<String, INDArray> gradients(SameDiff sd) {
        return new TreeMap<>(
                sd.calculateGradients(input(sd), GraphValues.parameters(sd).keySet()));
    }

    /** The options with the shape of the graph's input. */
    static RazorOptions with(SameDiff sd, RazorOptions options) {
        return options.shape("in", inputShape(sd));
    }

    /** How often each op of Back Razor is in a graph. */
    static Map<String, Integer> razorOps(SameDiff sd) {
        return sd.getOps().values().stream()
                .map(op -> op.getOp().opName())
                .filter(op -> op.startsWith("razor"))
                .collect(Collectors.toMap(op -> op, op -> 1, Integer::sum, TreeMap::new));
    }
}
