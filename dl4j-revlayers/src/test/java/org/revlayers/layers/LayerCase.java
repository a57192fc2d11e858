package org.revlayers.layers;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.distribution.NormalDistribution;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.SubBlock;
import org.revlayers.container.RazorSequence;
import org.revlayers.container.ResidualUnit;
import org.revlayers.function.Curve;
import org.revlayers.function.InPlaceFunction;
import org.revlayers.function.Norm;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.keep.TokenRazor;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorValues;
import org.revlayers.models.VisionTransformer;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;
import org.revlayers.reversible.StreamType;

/**
 * A layer configuration under contract, in a classifier small enough to train in milliseconds. The contract tests run over
 * {@link #all()}: whoever writes a layer adds it here.
 *
 * @param name   of the case
 * @param layers of the network, new ones on each call; the layer under contract is called {@value #TESTED} (models have their own names)
 * @param input  of the network
 */
record LayerCase(String name, Supplier<List<Layer>> layers, InputType input) {

    static final String TESTED = "tested";
    static final int FEATURES = 8;
    static final int TOKENS = 5;
    static final int CLASSES = 3;
    private static final int INPUTS = 6;
    private static final int SIDE = 32;

    static Stream<LayerCase> all() {
        return Stream.of(onTokens(), onImages(), norms(), ContainerCases.onImages(), poolings(), models())
                .flatMap(s -> s);
    }

    /** Everything that maps tokens to tokens. */
    static Stream<LayerCase> onTokens() {
        return Stream.of(blocks(), thinned(), dropping(), chains(), ContainerCases.onTokens(), parts())
                .flatMap(s -> s);
    }

    private static Stream<LayerCase> parts() {
        return Stream.of(
                tokens("attention", () -> new MultiHeadSelfAttention.Builder(2)
                        .nOut(FEATURES)
                        .build()),
                tokens("attention, kept probabilities", () -> new MultiHeadSelfAttention.Builder(2)
                        .nOut(FEATURES)
                        .keepProbabilities(true)
                        .build()),
                mlp(ActivationMemory.DENSE),
                mlp(ActivationMemory.RECOMPUTE),
                mlp(ActivationMemory.TWO_BIT),
                tokens("LayerNormalization", () -> new LayerNormalization.Builder().build()),
                tokens(
                        "MemorySharingLayerNorm",
                        () -> new MemorySharingLayerNorm.Builder().eps(1e-5).build()),
                tokens("MemorySharingRmsNorm", () -> new MemorySharingRmsNorm.Builder().build()));
    }

    private static Stream<LayerCase> chains() {
        return Stream.of(
                tokens("chain", () -> chain().build()),
                tokens("chain, start of a schedule, exit", () -> chain().schedule(
                                CoefficientSchedule.builder().totalIterations(5).build())
                        .exit(new LayerNormalization.Builder().build())
                        .build()),
                tokens("chain, float streams, anchored", () -> chain().schedule(CoefficientSchedule.constant(1, 0.125))
                        .streams(StreamType.DOUBLE)
                        .tolerance(1e-15)
                        .build()),
                tokens("chain, random signs, exit", () -> chain().schedule(CoefficientSchedule.randomSigns(0.125))
                        .exit(new LayerNormalization.Builder().build())
                        .build()),
                tokens("chain, two-step behind r", () -> new ReversibleChain.Builder()
                        .schedule(CoefficientSchedule.twoStep(0.5))
                        .subBlock(SubBlock.of("f", new TransformerMlp.Builder(12).build()))
                        .subBlock(SubBlock.of("g", new MultiHeadSelfAttention.Builder(2).build())
                                .after(new LayerNormalization.Builder().build()))
                        .build()),
                tokens("chain, stored, thinned", () -> new ReversibleChain.Builder()
                        .mode(ChainMode.STORE)
                        .subBlock(SubBlock.of(
                                "f",
                                new RazorSequence.Builder()
                                        .layers(
                                                new LayerNormalization.Builder().build(),
                                                new TransformerMlp.Builder(12).build())
                                        .build()))
                        .subBlock(SubBlock.of("g", new MultiHeadSelfAttention.Builder(2).build())
                                .after(new LayerNormalization.Builder().build()))
                        .build()),
                tokens("chain, scaled branch and shortcut", () -> chain().subBlock(
                                SubBlock.of("scaled", new TransformerMlp.Builder(12).build(), new ScaleLayer(0.25)))
                        .subBlock(SubBlock.of(
                                        "sum",
                                        new ResidualUnit.Builder()
                                                .main(new TransformerMlp.Builder(12).build())
                                                .shortcut(new ScaleLayer(0.5))
                                                .build())
                                .residual(false))
                        .build()),
                tokens("chain, stored and checkpointed", () -> chain(
                                ChainMode.STORE, ChainMode.CHECKPOINT, ChainMode.REVERSE)
                        .start(StreamStart.SPLIT)
                        .merge(StreamMerge.CONCAT)
                        .build()));
    }

    /** Attention and MLP in turn. */
    static ReversibleChain.Builder chain(ChainMode... modes) {
        ReversibleChain.Builder chain = new ReversibleChain.Builder();
        for (int i = 0; i < 3; i++) {
            LayerNormalization norm = new LayerNormalization.Builder().build();
            chain.subBlock(SubBlock.of(
                            "f" + i,
                            norm,
                            i % 2 == 0
                                    ? new MultiHeadSelfAttention.Builder(2).build()
                                    : new TransformerMlp.Builder(12).build())
                    .mode(modes.length == 0 ? null : modes[i]));
        }
        return chain;
    }

    private static Stream<LayerCase> thinned() {
        return Stream.of(
                tokens("block thinned", () -> block().razor(razor(RazorValues.FULL, ActivationMemory.TWO_BIT, true))
                        .build()),
                tokens("block thinned, probabilities computed again, memory sharing", () -> block().memory(
                                Memory.approx())
                        .razor(razor(RazorValues.FP16, null, false))
                        .build()),
                tokens("block thinned, LayerScale, drop path", () -> block().layerScale(0.3)
                        .dropPath(0.25)
                        .razor(razor(RazorValues.INT8, ActivationMemory.FP16, false))
                        .build()),
                tokens("block thinned, post-LN", () -> block().postNorm(true)
                        .razor(razor(RazorValues.BF16, ActivationMemory.THINNED, true))
                        .build()),
                tokens("block thinned, post-LN, memory sharing", () -> block().postNorm(true)
                        .memory(Memory.approx())
                        .outputAffine(true)
                        .razor(razor(RazorValues.FULL, null, true))
                        .build()));
    }

    private static Stream<LayerCase> dropping() {
        return Stream.of(
                tokens("block dropping tokens", () -> block().keepTokens(0.5).build()),
                tokens("block dropping tokens, not fused, approx, LayerScale, drop path", () -> block().keepTokens(0.4)
                        .fuse(false)
                        .memory(Memory.approx())
                        .layerScale(0.3)
                        .dropPath(0.25)
                        .build()),
                tokens("block dropping tokens by attention received", () -> block().keepTokens(0.5)
                        .score(TokenScore.MEAN_RECEIVED)
                        .keepProbabilities(true)
                        .build()),
                tokens(
                        "block dropping tokens, post-LN",
                        () -> block().keepTokens(0.5).postNorm(true).build()),
                tokens("block dropping tokens, thinned", () -> block().keepTokens(0.5)
                        .razor(razor(RazorValues.FP16, ActivationMemory.TWO_BIT, false))
                        .build()),
                tokens("block dropping tokens, thinned, post-LN", () -> block().keepTokens(0.5)
                        .postNorm(true)
                        .razor(razor(RazorValues.FULL, null, true))
                        .build()));
    }

    private static TokenRazor razor(RazorValues values, ActivationMemory activation, boolean probabilities) {
        return new TokenRazor(new Thinning(0.7, values), activation, probabilities);
    }

    private static Stream<LayerCase> blocks() {
        return Stream.of(
                tokens("block plain", () -> block().build()),
                tokens("block recompute", () -> block().memory(Memory.recompute())
                        .build()),
                tokens("block approx", () -> block().memory(Memory.approx()).build()),
                tokens("block approx, RMSNorm, SiLU", () -> block().memory(Memory.approx())
                        .norm(Norm.RMS, 1e-5)
                        .curve(Curve.SILU)
                        .build()),
                tokens("block kept probabilities", () -> block().keepProbabilities(true)
                        .build()),
                tokens(
                        "block LayerScale, drop path",
                        () -> block().layerScale(0.3).dropPath(0.25).build()),
                tokens("block approx, LayerScale, drop path", () -> block().memory(Memory.approx())
                        .layerScale(0.3)
                        .dropPath(0.25)
                        .build()),
                tokens("block post-LN", () -> block().postNorm(true).build()),
                tokens("block post-LN, two bits, RMSNorm, LayerScale, drop path", () -> block().postNorm(true)
                        .activationMemory(ActivationMemory.TWO_BIT)
                        .norm(Norm.RMS, 1e-6)
                        .curve(Curve.GELU_TANH)
                        .layerScale(0.3)
                        .dropPath(0.25)
                        .build()));
    }

    private static Stream<LayerCase> onImages() {
        return Stream.of(true, false)
                .map(token -> new LayerCase(
                        "patch embedding" + (token ? "" : " without class token"),
                        () -> List.of(
                                new PatchEmbedding.Builder(16)
                                        .nOut(FEATURES)
                                        .classToken(token)
                                        .name(TESTED)
                                        .build(),
                                pooling(TokenPooling.Kind.MEAN, "pooling"),
                                output()),
                        image()));
    }

    /** No batch statistics: half a batch must give half of what a batch gives. */
    private static Stream<LayerCase> norms() {
        return Stream.of(InPlaceFunction.values())
                .map(function -> images("in-place norm and " + function, () -> new InPlaceBatchNorm.Builder()
                        .function(function)
                        .frozenStatistics(true)
                        .name(TESTED)
                        .build()));
    }

    private static Stream<LayerCase> poolings() {
        return Stream.of(TokenPooling.Kind.values())
                .map(kind -> new LayerCase(
                        "pooling " + kind, () -> List.of(first(), pooling(kind, TESTED), output()), tokensIn()));
    }

    private static Stream<LayerCase> models() {
        return Stream.of(Memory.store(), Memory.recompute(), Memory.approx())
                .map(memory -> new LayerCase(
                        "ViT " + memory,
                        () -> VisionTransformer.builder()
                                .size(VisionTransformer.Size.TI)
                                .depth(1)
                                .height(SIDE)
                                .width(SIDE)
                                .classes(CLASSES)
                                .memory(memory)
                                .pooling(TokenPooling.Kind.MEAN)
                                .build()
                                .layers(),
                        image()));
    }

    static TransformerBlock.Builder block() {
        return new TransformerBlock.Builder(2).mlp(12);
    }

    private static LayerCase mlp(ActivationMemory memory) {
        return tokens("MLP " + memory, () -> new TransformerMlp.Builder(12)
                .nOut(FEATURES)
                .activationMemory(memory)
                .build());
    }

    /** A layer from tokens to tokens between a first layer, so that its input gradient counts, and a mean over the tokens. */
    static LayerCase tokens(String name, Supplier<? extends Layer> layer) {
        return new LayerCase(
                name,
                () -> {
                    Layer tested = layer.get();
                    tested.setLayerName(TESTED);
                    return List.of(first(), tested, pooling(TokenPooling.Kind.MEAN, "pooling"), output());
                },
                tokensIn());
    }

    /** A layer on small images, in front of a mean over the pixels. */
    static LayerCase images(String name, Supplier<? extends Layer> layer) {
        return new LayerCase(
                name,
                () -> List.of(
                        layer.get(),
                        new GlobalPoolingLayer.Builder(PoolingType.AVG)
                                .name("pooling")
                                .build(),
                        output()),
                InputType.convolutional(7, 9, 2));
    }

    private static Layer first() {
        return new TransformerMlp.Builder(4).nOut(FEATURES).name("first").build();
    }

    private static Layer pooling(TokenPooling.Kind kind, String name) {
        return new TokenPooling.Builder(kind).name(name).build();
    }

    static Layer output() {
        return new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .name("output")
                .nOut(CLASSES)
                .activation(Activation.SOFTMAX)
                .build();
    }

    static InputType tokensIn() {
        return InputType.recurrent(INPUTS, TOKENS, RNNFormat.NWC);
    }

    private static InputType image() {
        return InputType.convolutional(SIDE, SIDE, 3);
    }

    static NeuralNetConfiguration.Builder base(DataType type) {
        return new NeuralNetConfiguration.Builder()
                .seed(7)
                .dataType(type)
                .updater(new Adam(1e-2))
                .weightInit(new NormalDistribution(0, 0.3));
    }

    MultiLayerConfiguration conf(DataType type, Consumer<NeuralNetConfiguration.Builder> options) {
        NeuralNetConfiguration.Builder base = base(type);
        options.accept(base);
        NeuralNetConfiguration.ListBuilder list = base.list();
        layers.get().forEach(list::layer);
        return list.setInputType(input).build();
    }

    MultiLayerConfiguration conf() {
        return conf(DataType.FLOAT, o -> {});
    }

    ComputationGraphConfiguration graphConf() {
        ComputationGraphConfiguration.GraphBuilder graph =
                base(DataType.FLOAT).graphBuilder().addInputs("in");
        String previous = "in";
        for (Layer layer : layers.get()) {
            graph.addLayer(layer.getLayerName(), layer, previous);
            previous = layer.getLayerName();
        }
        return graph.setOutputs(previous).setInputTypes(input).build();
    }

    MultiLayerNetwork net(DataType type, Consumer<NeuralNetConfiguration.Builder> options) {
        return init(conf(type, options));
    }

    MultiLayerNetwork net() {
        return init(conf());
    }

    static MultiLayerNetwork init(MultiLayerConfiguration conf) {
        MultiLayerNetwork net = new MultiLayerNetwork(conf);
        net.init();
        return net;
    }

    ComputationGraph graph() {
        ComputationGraph graph = new ComputationGraph(graphConf());
        graph.init();
        return graph;
    }

    /** Random examples, the same for the same seed and type. */
    DataSet data(DataType type, int batch, long seed) {
        Nd4j.getRandom().setSeed(1000 + seed); // a seed of 0 would stand for the time of day
        long[] shape = input.getShape(true).clone();
        shape[0] = batch;
        INDArray features = Nd4j.randn(DataType.DOUBLE, shape).castTo(type);
        INDArray labels = Nd4j.zeros(type, batch, CLASSES);
        for (int i = 0; i < batch; i++) {
            labels.putScalar(i, (i + seed) % CLASSES, 1);
        }
        return new DataSet(features, labels);
    }

    DataSet data(int batch, long seed) {
        return data(DataType.FLOAT, batch, seed);
    }

    /** Fresh configurations of the layers that are ours. */
    List<TokenLayer> tokenLayers(MultiLayerConfiguration conf) {
        List<TokenLayer> ours = new ArrayList<>();
        conf.getConfs().forEach(c -> {
            if (c.getLayer() instanceof TokenLayer layer) {
                ours.add(layer);
            }
        });
        return ours;
    }

    @Override
    public String toString() {
        return name;
    }
}
