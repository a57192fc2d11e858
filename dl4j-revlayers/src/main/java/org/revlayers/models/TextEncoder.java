package org.revlayers.models;

import java.util.ArrayList;
import java.util.List;
import lombok.Builder;
import lombok.Getter;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.revlayers.keep.Memory;
import org.revlayers.kernel.norm.Norm;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.MemorySharingLayerNorm;
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
 */
@Getter
@Builder
public class TextEncoder {

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
    private Memory memory = Memory.store();

    @Builder.Default
    private double normEps = 1e-12;

    private double dropPath;

    @Builder.Default
    private long seed = 1;

    @Builder.Default
    private IUpdater updater = new Adam(1e-4);

    @Builder.Default
    private DataType dataType = DataType.FLOAT;

    @Builder.Default
    private WorkspaceMode workspaceMode = WorkspaceMode.ENABLED;

    /** The layers in order, named. */
    public List<Layer> layers() {
        boolean shared = memory.sharesNorms();
        List<Layer> layers = new ArrayList<>();
        layers.add(new TokenEmbedding.Builder(vocabulary, positions)
                .name("embedding")
                .nOut(features)
                .build());
        layers.add(
                shared
                        ? new MemorySharingLayerNorm.Builder()
                                .eps(normEps)
                                .name("norm")
                                .build()
                        : new LayerNormalization.Builder()
                                .eps(normEps)
                                .name("norm")
                                .build());
        for (int i = 0; i < depth; i++) {
            layers.add(new TransformerBlock.Builder(heads)
                    .name("block" + i)
                    .nIn(features)
                    .nOut(features)
                    .mlp(mlp)
                    .norm(Norm.LAYER, normEps)
                    .postNorm(true)
                    .memory(memory)
                    .outputAffine(shared && i == depth - 1)
                    .dropPath(depth < 2 ? 0 : dropPath * i / (depth - 1))
                    .build());
        }
        layers.add(
                new TokenPooling.Builder(TokenPooling.Kind.MEAN).name("pooling").build());
        if (classes > 0) {
            layers.add(new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                    .name("output")
                    .nOut(classes)
                    .activation(Activation.SOFTMAX)
                    .build());
        }
        return layers;
    }

    /** As a {@link MultiLayerNetwork}'s configuration. */
    public MultiLayerConfiguration conf() {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(seed)
                .dataType(dataType)
                .updater(updater)
                .weightInit(WeightInit.XAVIER)
                .trainingWorkspaceMode(workspaceMode)
                .inferenceWorkspaceMode(workspaceMode)
                .list();
        layers().forEach(list::layer);
        return list.setInputType(InputType.feedForward(tokens)).build();
    }

    /** A network with random weights. */
    public MultiLayerNetwork init() {
        MultiLayerNetwork net = new MultiLayerNetwork(conf());
        net.init();
        return net;
    }
}
