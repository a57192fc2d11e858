package org.revlayers.models;

import java.util.ArrayList;
import java.util.List;
import lombok.Builder;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.experimental.SuperBuilder;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.revlayers.function.Norm;
import org.revlayers.layers.PatchEmbedding;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;

/**
 * Vision Transformer (ViT, arXiv 2010.11929; sizes Ti and S from DeiT, arXiv 2012.12877), pre-LN, in the manner of DL4J's zoo.
 *
 * <p>Layers: {@code embedding}, {@code block0} … , {@code pooling}, {@code norm}, {@code output}. Input {@code [mb, channels, height,
 * width]}, output class probabilities {@code [mb, classes]}.
 *
 * <pre>{@code
 * MultiLayerNetwork net = VisionTransformer.builder().size(VisionTransformer.Size.B).classes(10).memory(Memory.approx()).build().init();
 * }</pre>
 *
 * @since 0.1.0
 */
@Getter
@SuperBuilder
public class VisionTransformer extends TokenModel {

    /** Widths of the published models. */
    @Getter
    @RequiredArgsConstructor
    public enum Size {
        /** 192 features, 12 blocks, 3 heads. */
        TI(192, 12, 3),
        /** 384 features, 12 blocks, 6 heads. */
        S(384, 12, 6),
        /** 768 features, 12 blocks, 12 heads. */
        B(768, 12, 12),
        /** 1024 features, 24 blocks, 16 heads. */
        L(1024, 24, 16);

        private final int features;
        private final int depth;
        private final int heads;
    }

    @Builder.Default
    private Size size = Size.B;

    /** Features per token; the size's own number if 0. */
    private int features;

    /** Attention heads; the size's own number if 0. */
    private int heads;

    /** Features of the MLP's hidden layer; four times the features if 0. */
    private int mlp;

    @Builder.Default
    private int patch = 16;

    @Builder.Default
    private int height = 224;

    @Builder.Default
    private int width = 224;

    @Builder.Default
    private int channels = 3;

    @Builder.Default
    private int classes = 1000;

    /** Blocks; the size's own number if 0. */
    private int depth;

    @Builder.Default
    private TokenPooling.Kind pooling = TokenPooling.Kind.CLASS_TOKEN;

    @Builder.Default
    private double normEps = 1e-6;

    @Override
    public List<Layer> layers() {
        List<Layer> layers = new ArrayList<>();
        int dim = features > 0 ? features : size.features;
        layers.add(new PatchEmbedding.Builder(patch)
                .name("embedding")
                .nIn(channels)
                .nOut(dim)
                .classToken(pooling == TokenPooling.Kind.CLASS_TOKEN)
                .build());
        int blocks = depth > 0 ? depth : size.depth;
        for (int i = 0; i < blocks; i++) {
            layers.add(new TransformerBlock.Builder(heads > 0 ? heads : size.heads)
                    .name("block" + i)
                    .nIn(dim)
                    .nOut(dim)
                    .mlp(mlp > 0 ? mlp : 4L * dim)
                    .norm(Norm.LAYER, normEps)
                    .memory(getMemory())
                    .dropPath(dropPath(i, blocks))
                    .build());
        }
        layers.add(new TokenPooling.Builder(pooling).name("pooling").build());
        layers.add(norm(normEps));
        layers.add(head(classes));
        return layers;
    }

    @Override
    InputType input() {
        return InputType.convolutional(height, width, channels);
    }

    /** As a {@link ComputationGraph}'s configuration, with input {@code image}. */
    public ComputationGraphConfiguration graphConf() {
        ComputationGraphConfiguration.GraphBuilder graph = base().graphBuilder().addInputs("image");
        String previous = "image";
        for (Layer layer : layers()) {
            graph.addLayer(layer.getLayerName(), layer, previous);
            previous = layer.getLayerName();
        }
        return graph.setOutputs(previous).setInputTypes(input()).build();
    }

    /** A graph with random weights. */
    public ComputationGraph initGraph() {
        ComputationGraph graph = new ComputationGraph(graphConf());
        graph.init();
        return graph;
    }
}
