package org.revlayers.layers;

import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.activations.Activation;
import org.revlayers.chain.OdeSolver;
import org.revlayers.chain.ReversibleOde;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.container.ResidualUnit;
import org.revlayers.function.InPlaceFunction;
import org.revlayers.internal.container.LayerSequence;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorValues;
import org.revlayers.reversible.ChainMode;

/** The containers among the {@link LayerCase}s. */
final class ContainerCases {

    private ContainerCases() {}

    /** On tokens, where this library's layers keep what they do: the containers' own part. */
    static Stream<LayerCase> onTokens() {
        return Stream.of(
                LayerCase.tokens("sequence, checkpointed", () -> new CheckpointSequence.Builder()
                        .layers(unit(), new TransformerMlp.Builder(12).build())
                        .build()),
                LayerCase.tokens("sequence, razor, on tokens", () -> new RazorSequence.Builder()
                        .layers(unit(), new TransformerMlp.Builder(12).build(), new ActivationLayer(Activation.GELU))
                        .build()),
                LayerCase.tokens("sequence in a sequence", () -> new RazorSequence.Builder()
                        .layers(
                                new CheckpointSequence.Builder().layers(unit()).build(),
                                new TransformerMlp.Builder(12).build())
                        .build()),
                LayerCase.tokens("residual unit", ContainerCases::unit),
                LayerCase.tokens("ODE, leapfrog", () -> ode(OdeSolver.ALF).build()),
                LayerCase.tokens("ODE, Heun, stored", () -> ode(OdeSolver.REVERSIBLE_HEUN)
                        .mode(ChainMode.STORE)
                        .build()),
                LayerCase.tokens("ODE in a sequence", () -> new RazorSequence.Builder()
                        .layers(ode(OdeSolver.ALF).build(), new TransformerMlp.Builder(12).build())
                        .build()));
    }

    private static ReversibleOde.Builder ode(OdeSolver solver) {
        return new ReversibleOde.Builder()
                .layers(
                        new TransformerMlp.Builder(12).nOut(LayerCase.FEATURES).build(),
                        new MultiHeadSelfAttention.Builder(2).build())
                .solver(solver)
                .steps(3)
                .timeChannel(true);
    }

    private static Layer unit() {
        return new ResidualUnit.Builder()
                .main(new LayerNormalization.Builder().build(), new MultiHeadSelfAttention.Builder(2).build())
                .after(new LayerNormalization.Builder().build())
                .build();
    }

    static Stream<LayerCase> onImages() {
        return Stream.of(
                convolutions(
                        "sequence, razor",
                        new RazorSequence.Builder()
                                .memory("second", Memory.razor(0.5).values(RazorValues.INT8))),
                convolutions("sequence, razor off", new RazorSequence.Builder().memory(Memory.store())),
                convolutions("sequence, checkpointed, of images", new CheckpointSequence.Builder()),
                LayerCase.images("ODE of images", () -> new ReversibleOde.Builder()
                        .layers(convolution(4, Activation.RELU), convolution(2, Activation.TANH))
                        .steps(3)
                        .timeChannel(true)
                        .name(LayerCase.TESTED)
                        .build()),
                norms("sequence with in-place norms", new RazorSequence.Builder().memory(Memory.store())),
                norms("sequence, checkpointed, with in-place norms", new CheckpointSequence.Builder()));
    }

    /** Behind a convolution, in front of one, behind both paths of a residual unit, and at the end. */
    private static LayerCase norms(String name, LayerSequence.Builder<?> builder) {
        Layer unit = new ResidualUnit.Builder()
                .main(convolution(4, Activation.IDENTITY), norm(InPlaceFunction.RELU), norm(InPlaceFunction.ELU))
                .shortcut(convolution(4, Activation.IDENTITY), norm(InPlaceFunction.IDENTITY))
                .after(new ActivationLayer(Activation.RELU))
                .build();
        LayerSequence sequence = (LayerSequence) builder.layers(
                        norm(InPlaceFunction.LEAKY_RELU),
                        unit,
                        norm(InPlaceFunction.RELU),
                        convolution(3, Activation.TANH),
                        norm(InPlaceFunction.LEAKY_RELU))
                .name(LayerCase.TESTED)
                .build();
        return LayerCase.images(name, sequence::clone);
    }

    private static Layer norm(InPlaceFunction function) {
        return new InPlaceBatchNorm.Builder()
                .function(function)
                .frozenStatistics(true)
                .build();
    }

    /** No batch statistics: half a batch must give half of what a batch gives. */
    private static LayerCase convolutions(String name, LayerSequence.Builder<?> builder) {
        Layer unit = new ResidualUnit.Builder()
                .main(convolution(4, Activation.GELU), convolution(4, Activation.IDENTITY))
                .shortcut(convolution(4, Activation.IDENTITY))
                .after(new ActivationLayer(Activation.RELU))
                .build();
        Layer second = convolution(3, Activation.RELU);
        second.setLayerName("second");
        LayerSequence sequence = (LayerSequence) builder.layers(
                        unit,
                        second,
                        new SubsamplingLayer.Builder(new int[] {2, 2}, new int[] {2, 2}).build(),
                        convolution(5, Activation.TANH),
                        new SubsamplingLayer.Builder(
                                        SubsamplingLayer.PoolingType.AVG, new int[] {2, 2}, new int[] {1, 1})
                                .build(),
                        new ActivationLayer(Activation.SWISH))
                .name(LayerCase.TESTED)
                .build();
        return LayerCase.images(name, sequence::clone);
    }

    private static Layer convolution(int channels, Activation activation) {
        return new ConvolutionLayer.Builder(3, 3)
                .nOut(channels)
                .convolutionMode(ConvolutionMode.Same)
                .activation(activation)
                .build();
    }
}
