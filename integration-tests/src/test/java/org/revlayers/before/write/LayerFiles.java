package org.revlayers.before.write;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.examples.finetune.WarmUpSchedule;
import org.revlayers.function.Curve;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.keep.TokenRazor;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.BranchScaling;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.MemorySharingLayerNorm;
import org.revlayers.layers.MemorySharingRmsNorm;
import org.revlayers.layers.MultiHeadSelfAttention;
import org.revlayers.layers.PatchEmbedding;
import org.revlayers.layers.RmsNormalization;
import org.revlayers.layers.ScaleLayer;
import org.revlayers.layers.TokenEmbedding;
import org.revlayers.layers.TokenLayer;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerMlp;
import org.revlayers.models.TextEncoder;
import org.revlayers.models.VisionTransformer;

/** Layers one by one, embeddings, and the models of the shelf. */
final class LayerFiles {

    private static final TokenRazor RAZOR =
            new TokenRazor(new Thinning(0.5, RazorValues.FULL, RazorFill.MEAN), null, true);

    private LayerFiles() {}

    static void write(Writer to) {
        tokens(
                to,
                "attention",
                attention(),
                new MultiHeadSelfAttention.Builder(2).keepProbabilities(true).build(),
                razor(attention()));
        List<Layer> mlps = new ArrayList<>();
        for (ActivationMemory memory : ActivationMemory.values()) {
            TransformerMlp mlp = new TransformerMlp.Builder(3)
                    .activationMemory(memory)
                    .curve(memory == ActivationMemory.FP16 ? Curve.GELU_TANH : Curve.SILU)
                    .build();
            mlps.add(memory == ActivationMemory.THINNED ? razor(mlp) : mlp);
        }
        tokens(to, "mlp", mlps.toArray(Layer[]::new));
        tokens(to, "norms", norms());
        tokens(to, "scale", new ScaleLayer(0.25));
        tokens(
                to,
                "branch-scaling",
                mlp(),
                new BranchScaling.Builder().layerScale(0.3).dropPath(0.25).build(),
                razor(new BranchScaling.Builder().layerScale(0.3).build()));
        tokens(to, "frozen", new FrozenLayer(BlockFiles.block().build()), mlp());
        for (TokenPooling.Kind kind : TokenPooling.Kind.values()) {
            Layer pooling = new TokenPooling.Builder(kind).build();
            Layer[] layers = Nets.with(new Layer[] {mlp()}, pooling, Nets.output());
            to.network(
                    "pooling-" + BlockFiles.low(kind),
                    Nets.init(Nets.conf(DataType.FLOAT, Nets.TOKENS_IN, layers)),
                    Nets.ON_TOKENS);
        }
        foreignFormats(to);
        embeddings(to);
        models(to);
    }

    private static void foreignFormats(Writer to) {
        Layer[] layers = Nets.with(
                new Layer[] {new LSTM.Builder().nOut(Nets.FEATURES).build()},
                BlockFiles.block().build(),
                Nets.mean(),
                Nets.output());
        to.network(
                "preprocessor",
                Nets.init(Nets.conf(DataType.FLOAT, InputType.recurrent(3, Nets.TOKENS), layers)),
                Batch.floats(3, Nets.TOKENS));
        Layer[] doubles = Nets.with(new Layer[] {BlockFiles.block().build()}, Nets.mean(), Nets.output());
        to.network(
                "block-double-masked",
                Nets.init(Nets.conf(DataType.DOUBLE, Nets.TOKENS_IN, doubles)),
                Batch.of(DataType.DOUBLE, Nets.TOKENS, Nets.FEATURES)
                        .masked(Nd4j.createFromArray(new double[][] {{1, 1, 1, 1, 1}, {1, 1, 1, 0, 0}})));
        var warm = Nets.base(DataType.FLOAT)
                .updater(new Adam(new WarmUpSchedule(0.01, 5, 20)))
                .list(Nets.with(new Layer[] {mlp()}, Nets.mean(), Nets.output()))
                .setInputType(Nets.TOKENS_IN)
                .build();
        to.network("warm-up", Nets.init(warm), Nets.ON_TOKENS);
    }

    private static void embeddings(Writer to) {
        for (boolean token : new boolean[] {true, false}) {
            Layer patches = new PatchEmbedding.Builder(3)
                    .nOut(Nets.FEATURES)
                    .classToken(token)
                    .build();
            Layer[] layers = Nets.with(new Layer[] {patches}, Nets.mean(), Nets.output());
            to.network(
                    "patches-" + (token ? "with" : "without") + "-token",
                    Nets.init(Nets.conf(DataType.FLOAT, Nets.IMAGE_IN, layers)),
                    Nets.ON_IMAGES);
        }
        Layer words = new TokenEmbedding.Builder(9, 8).nOut(Nets.FEATURES).build();
        Layer[] layers = Nets.with(new Layer[] {words}, norms()[0], Nets.mean(), Nets.output());
        to.network("words", Nets.init(Nets.conf(DataType.FLOAT, InputType.feedForward(Nets.TOKENS), layers)), ids());
    }

    static Batch ids() {
        return Batch.of(DataType.FLOAT, Nd4j.createFromArray(new float[][] {{1, 8, 3, 0, 2}, {4, 1, 7, 5, 5}}));
    }

    private static void models(Writer to) {
        for (Memory memory : BlockFiles.MEMORIES) {
            VisionTransformer vit = VisionTransformer.builder()
                    .features(Nets.FEATURES)
                    .heads(2)
                    .mlp(3)
                    .depth(2)
                    .patch(3)
                    .height(Nets.SIDE)
                    .width(Nets.SIDE)
                    .channels(Nets.CHANNELS)
                    .classes(Batch.CLASSES)
                    .memory(memory)
                    .updater(memory.equals(Memory.store()) ? Nets.momentum() : new Sgd(0.1))
                    .build();
            if (memory.equals(Memory.recompute())) {
                to.network("vit-graph", vit.initGraph(), Nets.ON_IMAGES);
                continue;
            }
            to.network("vit-" + BlockFiles.word(memory), vit.init(), Nets.ON_IMAGES);
            TextEncoder text = TextEncoder.builder()
                    .vocabulary(9)
                    .positions(8)
                    .tokens(Nets.TOKENS)
                    .features(Nets.FEATURES)
                    .depth(2)
                    .heads(2)
                    .mlp(3)
                    .classes(Batch.CLASSES)
                    .memory(memory)
                    .dropPath(0.1)
                    .updater(memory.equals(Memory.store()) ? Nets.momentum() : new Sgd(0.1))
                    .build();
            to.network("text-" + BlockFiles.word(memory), text.init(), ids().masked(Nd4j.createFromArray(new float[][] {
                {1, 1, 1, 1, 1}, {1, 1, 1, 1, 0}
            })));
        }
    }

    private static Layer[] norms() {
        return new Layer[] {
            new LayerNormalization.Builder().eps(1e-5).build(),
            new RmsNormalization.Builder().build(),
            mlp(),
            new MemorySharingLayerNorm.Builder().eps(1e-5).build(),
            new MemorySharingRmsNorm.Builder().build(),
            mlp()
        };
    }

    private static MultiHeadSelfAttention attention() {
        return new MultiHeadSelfAttention.Builder(2).build();
    }

    private static TransformerMlp mlp() {
        return new TransformerMlp.Builder(6).nOut(Nets.FEATURES).build();
    }

    private static TokenLayer razor(TokenLayer layer) {
        layer.setRazor(RAZOR);
        return layer;
    }

    private static void tokens(Writer to, String name, Layer... layers) {
        to.network(name, Nets.netOnTokens(layers), Nets.ON_TOKENS);
    }
}
