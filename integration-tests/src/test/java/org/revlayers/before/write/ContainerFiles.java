package org.revlayers.before.write;

import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.container.ResidualUnit;
import org.revlayers.internal.container.LayerSequence;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.MultiHeadSelfAttention;
import org.revlayers.layers.ScaleLayer;
import org.revlayers.layers.TransformerMlp;

/** Sequences and residual units, of tokens and of images. */
final class ContainerFiles {

    private static final Memory HALF =
            Memory.razor(0.5).values(RazorValues.FULL).fill(RazorFill.ZERO);

    private ContainerFiles() {}

    static void write(Writer to) {
        tokens(
                to,
                "checkpoint-tokens",
                new CheckpointSequence.Builder().layers(unit(), mlp()).build());
        tokens(to, "unit-tokens", unit());
        tokens(
                to,
                "razor-in-checkpoint",
                new CheckpointSequence.Builder()
                        .layers(
                                new RazorSequence.Builder()
                                        .layers(unit())
                                        .memory(HALF)
                                        .build(),
                                mlp())
                        .build());
        tokens(to, "razor-equipped", equipped(false), equipped(true));
        images(
                to,
                "checkpoint-images",
                onImages(new CheckpointSequence.Builder()),
                onImages(new CheckpointSequence.Builder().stockHosts(true)));
        images(
                to,
                "razor-images",
                Stream.of(ActivationMemory.values())
                        .map(rule -> onImages(
                                new RazorSequence.Builder().memory(HALF).activations(rule)))
                        .toArray(Layer[]::new));
        images(to, "razor-images-named", onImages(named()));
        images(to, "razor-images-off", onImages(new RazorSequence.Builder().memory(Memory.store())));
        images(
                to,
                "razor-frozen",
                new FrozenLayer(onImages(new RazorSequence.Builder())),
                Nets.convolution(3, Activation.TANH));
        images(to, "unit-projected", projected());
        dense(to);
        configurations(to);
    }

    private static void dense(Writer to) {
        Layer sequence = new RazorSequence.Builder()
                .layers(
                        new DenseLayer.Builder()
                                .nOut(5)
                                .activation(Activation.GELU)
                                .build(),
                        new BatchNormalization(),
                        new DenseLayer.Builder()
                                .nOut(4)
                                .dropOut(new Dropout(0.8))
                                .activation(Activation.SWISH)
                                .build())
                .memory(Memory.razor(0.3).values(RazorValues.FP16))
                .build();
        to.network(
                "razor-rows",
                Nets.init(Nets.conf(
                        DataType.FLOAT, InputType.feedForward(4), Nets.with(new Layer[] {sequence}, Nets.output()))),
                Batch.floats(4));
    }

    /** Options of the layers of DL4J on the containers themselves. */
    private static void configurations(Writer to) {
        MultiLayerConfiguration options = Nets.onTokens(
                new CheckpointSequence.Builder()
                        .layers(mlp())
                        .stockHosts(true)
                        .updater(new Adam(1e-2))
                        .weightDecay(1e-3)
                        .name("sequence")
                        .build(),
                new ResidualUnit.Builder()
                        .main(mlp())
                        .l1(1e-3)
                        .biasUpdater(new Adam(1e-3))
                        .build(),
                BlockFiles.block().l2(1e-2).build());
        to.configuration("options-containers", options, Nets.ON_TOKENS);
    }

    private static RazorSequence.Builder named() {
        return new RazorSequence.Builder()
                .memory(Memory.razor(0.8).values(RazorValues.FP16).forward(true))
                .memory("second", Memory.razor(0.5).values(RazorValues.INT8))
                .dense("third");
    }

    private static Layer equipped(boolean probabilities) {
        RazorSequence sequence = new RazorSequence.Builder()
                .layers(BlockFiles.block().build(), unit(), mlp())
                .memory(HALF)
                .build();
        sequence.equip(probabilities);
        return sequence;
    }

    private static Layer unit() {
        return new ResidualUnit.Builder()
                .main(new LayerNormalization.Builder().build(), new MultiHeadSelfAttention.Builder(2).build())
                .shortcut(new ScaleLayer(0.5))
                .after(new LayerNormalization.Builder().build())
                .build();
    }

    private static Layer projected() {
        return new ResidualUnit.Builder()
                .main(
                        Nets.convolution(3, Activation.IDENTITY),
                        new BatchNormalization(),
                        Nets.relu(),
                        Nets.convolution(3, Activation.IDENTITY))
                .shortcut(Nets.convolution(3, Activation.IDENTITY))
                .after(Nets.relu())
                .build();
    }

    private static Layer onImages(LayerSequence.Builder<?> builder) {
        Layer second = Nets.convolution(3, Activation.RELU);
        second.setLayerName("second");
        Layer third = Nets.convolution(3, Activation.GELU);
        third.setLayerName("third");
        return builder.layers(
                        projected(),
                        second,
                        new SubsamplingLayer.Builder(new int[] {2, 2}, new int[] {1, 1})
                                .convolutionMode(ConvolutionMode.Same)
                                .build(),
                        third,
                        new ActivationLayer(Activation.SWISH))
                .build();
    }

    static Layer mlp() {
        return new TransformerMlp.Builder(3).nOut(Nets.FEATURES).build();
    }

    private static void tokens(Writer to, String name, Layer... layers) {
        to.network(name, Nets.init(Nets.onTokens(layers)), Nets.ON_TOKENS);
    }

    private static void images(Writer to, String name, Layer... layers) {
        to.network(name, Nets.init(Nets.onImages(layers)), Nets.ON_IMAGES);
    }
}
