package org.revlayers.models;

import java.util.ArrayList;
import java.util.List;
import lombok.Builder;
import lombok.Getter;
import lombok.experimental.SuperBuilder;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.function.Norm;
import org.revlayers.layers.TokenEmbedding;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;

/**
 * A BERT-like encoder of texts (arXiv 1810.04805; sentence embeddings by the mean of the tokens, arXiv 1908.10084), post-LN.
 *
 * <p>Layers: {@code embedding}, {@code norm}, {@code block0} … , {@code pooling} (mean of the unmasked tokens), {@code output} unless
 * there are no classes. Input ids {@code [mb, tokens]} with a features mask {@code [mb, tokens]}; output class probabilities {@code
 * [mb, classes]}, or the embedding {@code [mb, features]} (not normalised to length 1).
 *
 * <pre>{@code
 * MultiLayerNetwork net = TextEncoder.builder().tokens(64).classes(8).memory(Memory.approx()).build().init();
 * }</pre>
 *
 * @since 0.1.0
 */
@Getter
@SuperBuilder
public class TextEncoder extends TokenModel {

    @Builder.Default
    private int vocabulary = 30522;

    /** The most tokens that there are positions for. */
    @Builder.Default
    private int positions = 512;

    /** Tokens of an input. */
    @Builder.Default
    private int tokens = 128;

    @Builder.Default
    private int features = 384;

    @Builder.Default
    private int depth = 6;

    @Builder.Default
    private int heads = 12;

    @Builder.Default
    private int mlp = 1536;

    /** 0 for a network that ends in the embedding and cannot be trained. */
    private int classes;

    @Builder.Default
    private double normEps = 1e-12;

    @Override
    public List<Layer> layers() {
        boolean shared = getMemory().sharesNorms();
        List<Layer> layers = new ArrayList<>();
        layers.add(new TokenEmbedding.Builder(vocabulary, positions)
                .name("embedding")
                .nOut(features)
                .build());
        layers.add(norm(normEps));
        for (int i = 0; i < depth; i++) {
            layers.add(new TransformerBlock.Builder(heads)
                    .name("block" + i)
                    .nIn(features)
                    .nOut(features)
                    .mlp(mlp)
                    .norm(Norm.LAYER, normEps)
                    .postNorm(true)
                    .memory(getMemory())
                    .outputAffine(shared && i == depth - 1)
                    .dropPath(dropPath(i, depth))
                    .build());
        }
        layers.add(
                new TokenPooling.Builder(TokenPooling.Kind.MEAN).name("pooling").build());
        if (classes > 0) {
            layers.add(head(classes));
        }
        return layers;
    }

    @Override
    InputType input() {
        return InputType.feedForward(tokens);
    }
}
