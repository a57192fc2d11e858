package org.revlayers.examples.bench;

import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * The vision transformer from stock SameDiff ops alone: {@code xw_plus_b}, {@code layer_norm}, batched {@code matmul}, {@code softmax},
 * GELU and {@code softmax_cross_entropy_loss}. Linear layers run on rows {@code [batch·tokens, features]} and q, k, v have a projection
 * each, which needs the fewest copies.
 *
 * <p>Given the same weights it computes what {@code VisionTransformer} computes (with {@link Gelu#ERF}, and up to ND4J's fixed epsilon in
 * {@code layer_norm}).
 */
final class StockSameDiffVit {

    static final String IMAGE = "image";
    static final String LABEL = "label";
    static final String OUTPUT = "probabilities";
    static final String LOSS = "loss";

    /** ND4J has no erf-GELU op. */
    enum Gelu {
        /** The op {@code gelu}, x·sigmoid(1.702·x): one op, the fastest and leanest that ND4J has, so the one to measure. */
        SIGMOID,
        /** x·(1 + erf(x/√2))/2 from elementary ops: what ViT means, slower and keeping more. */
        ERF
    }

    /** Where initial values come from. */
    @FunctionalInterface
    interface Weights {
        /** The value of a parameter, of exactly this shape. */
        INDArray get(String name, long... shape);
    }

    private final VitShape shape;
    private final Gelu gelu;
    private final Weights weights;
    private final SameDiff sd = SameDiff.create();

    StockSameDiffVit(VitShape shape, Gelu gelu, Weights weights) {
        this.shape = shape;
        this.gelu = gelu;
        this.weights = weights;
    }

    /** The graph, ready for {@code fit}. */
    SameDiff build(IUpdater updater) {
        SDVariable x = embedding();
        for (int i = 0; i < shape.depth(); i++) {
            x = block(x, "block" + i + ".");
        }
        SDVariable first = x.reshape(shape.batch(), shape.tokens(), shape.features())
                .get(SDIndex.all(), SDIndex.point(0), SDIndex.all());
        SDVariable logits = head(norm(first, "norm"));
        sd.nn.softmax(OUTPUT, logits);
        SDVariable label = sd.placeHolder(LABEL, DataType.FLOAT, shape.batch(), BenchModel.CLASSES);
        sd.loss.softmaxCrossEntropy(LOSS, label, logits, null);
        sd.setLossVariables(LOSS);
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(updater)
                .dataSetFeatureMapping(IMAGE)
                .dataSetLabelMapping(LABEL)
                .build());
        return sd;
    }

    private SDVariable embedding() {
        int batch = shape.batch();
        int grid = shape.grid();
        int patch = VitShape.PATCH;
        int features = shape.features();
        SDVariable image =
                sd.placeHolder(IMAGE, DataType.FLOAT, batch, BenchModel.CHANNELS, shape.image(), shape.image());
        SDVariable patches = image.reshape(batch, BenchModel.CHANNELS, grid, patch, grid, patch)
                .permute(0, 2, 4, 1, 3, 5)
                .reshape(batch * grid * grid, shape.patchLength());
        SDVariable tokens =
                linear(patches, "patch", shape.patchLength(), features).reshape(batch, grid * grid, features);
        SDVariable classToken = sd.tile(parameter("classToken", 1, 1, features), batch, 1, 1);
        SDVariable position = parameter("position", 1, shape.tokens(), features);
        return sd.concat(1, classToken, tokens).add(position).reshape(batch * shape.tokens(), features);
    }

    private SDVariable block(SDVariable x, String name) {
        int features = shape.features();
        SDVariable z = norm(x, name + "norm1");
        SDVariable o = attention(
                heads(linear(z, name + "q", features, features)),
                heads(linear(z, name + "k", features, features)),
                heads(linear(z, name + "v", features, features)));
        SDVariable s = x.add(linear(o, name + "proj", features, features));
        SDVariable u = linear(norm(s, name + "norm2"), name + "fc1", features, 4 * features);
        return s.add(linear(activation(u), name + "fc2", 4 * features, features));
    }

    /** {@code [batch·tokens, features]} to {@code [batch, heads, tokens, dim]}. */
    private SDVariable heads(SDVariable x) {
        return x.reshape(shape.batch(), shape.tokens(), shape.heads(), shape.features() / shape.heads())
                .permute(0, 2, 1, 3);
    }

    private SDVariable attention(SDVariable q, SDVariable k, SDVariable v) {
        double scale = 1 / Math.sqrt((double) shape.features() / shape.heads());
        SDVariable scores = sd.mmul(q.mul(scale), k, false, true, false);
        return sd.mmul(sd.nn.softmax(scores, -1), v)
                .permute(0, 2, 1, 3)
                .reshape(shape.batch() * shape.tokens(), shape.features());
    }

    private SDVariable activation(SDVariable x) {
        return switch (gelu) {
            case SIGMOID -> sd.nn.gelu(x);
            case ERF -> x.mul(sd.math.erf(x.mul(Math.sqrt(0.5))).add(1).mul(0.5));
        };
    }

    private SDVariable norm(SDVariable x, String name) {
        SDVariable gain = parameter(name + "Gamma", shape.features());
        SDVariable bias = parameter(name + "Beta", shape.features());
        return sd.nn.layerNorm(x, gain, bias, false, 1);
    }

    private SDVariable linear(SDVariable x, String name, long in, long out) {
        return sd.nn.linear(x, parameter(name + "W", in, out), parameter(name + "B", out));
    }

    /** Not {@code xw_plus_b}: its gradient fails in ND4J for a single row, that is for batch 1. */
    private SDVariable head(SDVariable x) {
        SDVariable product = sd.mmul(x, parameter("outputW", shape.features(), BenchModel.CLASSES));
        return sd.nn.biasAdd(product, parameter("outputB", BenchModel.CLASSES), false);
    }

    private SDVariable parameter(String name, long... shape) {
        return sd.var(name, weights.get(name, shape));
    }
}
