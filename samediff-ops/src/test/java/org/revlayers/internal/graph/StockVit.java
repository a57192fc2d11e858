package org.revlayers.internal.graph;

import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.graph.GraphValues;
import org.revlayers.op.RevOps;

/** A small transformer of stock ops on rows {@code [batch·tokens, width]}, with a mask, as somebody without revlayers writes it: pre-norm or post-norm. */
final class StockVit {

    /** The sums of its residual blocks. */
    static final List<String> BLOCKS =
            List.of("block0/attended", "block0/out", "block1/attended", "block1/out", "block2/attended", "block2/out");

    static final int BATCH = 3;
    static final int TOKENS = 5;
    static final int HEADS = 2;
    static final int IN = 6;
    static final int CLASSES = 4;

    final SameDiff sd = SameDiff.create();
    private final SDVariable mask;

    StockVit() {
        Nd4j.getRandom().setSeed(12);
        mask = sd.constant("one", Nd4j.scalar(1f))
                .sub(sd.placeHolder("mask", DataType.FLOAT, BATCH, 1, 1, TOKENS))
                .mul(-1e4);
    }

    /** Depth 3 at one width. */
    static SameDiff plain() {
        StockVit vit = new StockVit();
        SDVariable x = vit.linear(vit.input(), "embedding", IN, 8);
        for (int i = 0; i < 3; i++) {
            x = vit.block(x, "block" + i, 8);
        }
        return vit.head(x, 8);
    }

    SDVariable input() {
        return sd.placeHolder("in", DataType.FLOAT, -1, IN);
    }

    SDVariable block(SDVariable x, String name, int width) {
        SDVariable a = attention(norm(x, name + "/norm1", width), name, width);
        SDVariable s = x.add(name + "/attended", a);
        SDVariable f = mlp(norm(s, name + "/norm2", width), name, width);
        return RevOps.add(f, s).rename(name + "/out");
    }

    /** As BERT has them: a norm behind every addition, the second one written out. */
    SDVariable postNormBlock(SDVariable x, String name, int width) {
        SDVariable s = norm(x.add(name + "/attended", attention(x, name, width)), name + "/norm1", width);
        SDVariable sum = mlp(s, name, width).add(name + "/out", s);
        SDVariable centred = sum.sub(sum.mean(true, 1));
        SDVariable variance = centred.mul(centred).mean(true, 1).add(1e-5);
        return centred.div(sd.math.sqrt(variance))
                .mul(sd.var(name + "/norm2/gain", Nd4j.rand(width).addi(0.5)))
                .add(name + "/normed", sd.var(name + "/norm2/bias", Nd4j.rand(width)));
    }

    /** Depth 3, post-norm. */
    static SameDiff postNorm() {
        StockVit vit = new StockVit();
        SDVariable x = vit.linear(vit.input(), "embedding", IN, 8);
        for (int i = 0; i < 3; i++) {
            x = vit.postNormBlock(x, "block" + i, 8);
        }
        return vit.head(x, 8);
    }

    private SDVariable attention(SDVariable z, String name, int width) {
        SDVariable q = heads(linear(z, name + "/q", width, width), width);
        SDVariable k = heads(linear(z, name + "/k", width, width), width);
        SDVariable v = heads(linear(z, name + "/v", width, width), width);
        SDVariable scores =
                sd.mmul(q, k, false, true, false).mul(1 / Math.sqrt(width)).add(mask);
        SDVariable o = sd.mmul(sd.nn.softmax(scores, -1), v).permute(0, 2, 1, 3).reshape(BATCH * TOKENS, width);
        return linear(o, name + "/proj", width, width);
    }

    private SDVariable mlp(SDVariable z, String name, int width) {
        SDVariable h = linear(z, name + "/fc1", width, 2 * width);
        SDVariable cubed = h.mul(h).mul(h).mul(0.044715);
        SDVariable gelu = h.mul(
                sd.math.tanh(h.add(cubed).mul(Math.sqrt(2 / Math.PI))).add(1).mul(0.5)); // has an x + F(x) itself
        return linear(gelu, name + "/fc2", 2 * width, width);
    }

    private SDVariable heads(SDVariable x, int width) {
        return x.reshape(BATCH, TOKENS, HEADS, width / HEADS).permute(0, 2, 1, 3);
    }

    private SDVariable norm(SDVariable x, String name, int width) {
        return sd.nn.layerNorm(
                x, sd.var(name + "/gain", Nd4j.ones(width)), sd.var(name + "/bias", Nd4j.zeros(width)), false, 1);
    }

    SDVariable linear(SDVariable x, String name, int in, int out) {
        SDVariable w = sd.var(name + "/w", Nd4j.randn(DataType.FLOAT, in, out).muli(1 / Math.sqrt(in)));
        return sd.nn.linear(x, w, sd.var(name + "/b", Nd4j.zeros(out)));
    }

    /** Mean over the tokens, a linear layer and the loss. */
    SameDiff head(SDVariable x, int width) {
        SDVariable pooled = norm(x, "norm", width).reshape(BATCH, TOKENS, width).mean(1);
        SDVariable logits = linear(pooled, "head", width, CLASSES).rename("logits");
        sd.loss.softmaxCrossEntropy("loss", sd.placeHolder("label", DataType.FLOAT, BATCH, CLASSES), logits, null);
        sd.setLossVariables("loss");
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(new Adam(1e-2))
                .dataSetFeatureMapping("in", "mask")
                .dataSetLabelMapping("label")
                .build());
        return sd;
    }

    static INDArray[] features() {
        Nd4j.getRandom().setSeed(5);
        INDArray mask = Nd4j.ones(BATCH, 1, 1, TOKENS);
        mask.putScalar(1, 0, 0, 4, 0);
        return new INDArray[] {Nd4j.randn(DataType.FLOAT, BATCH * TOKENS, IN), mask};
    }

    static INDArray labels() {
        return Nd4j.eye(CLASSES).get(NDArrayIndex.interval(0, BATCH)).dup('c');
    }

    /** The placeholders' values. */
    static Map<String, INDArray> values() {
        INDArray[] features = features();
        return Map.of("in", features[0], "mask", features[1], "label", labels());
    }

    /** That a converted graph has these values and the gradients of all parameters. */
    static void assertAlike(SameDiff sd, SameDiff converted, double tolerance, String... values) {
        for (String value : values) {
            GraphValues.assertClose(
                    sd.outputSingle(values(), value), converted.outputSingle(values(), value), tolerance);
        }
        Map<String, INDArray> expected =
                sd.calculateGradients(values(), GraphValues.parameters(sd).keySet());
        converted
                .calculateGradients(values(), expected.keySet())
                .forEach((name, gradient) -> GraphValues.assertClose(expected.get(name), gradient, tolerance));
    }
}
