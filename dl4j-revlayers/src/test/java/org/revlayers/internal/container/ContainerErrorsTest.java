package org.revlayers.internal.container;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.dropout.GaussianDropout;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.container.ResidualUnit;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.RazorValues;

/** What cannot work is refused with the container's name, the invariant and what to do. */
class ContainerErrorsTest {

    private static Layer[] one(Layer layer) {
        return new Layer[] {layer};
    }

    static Stream<Arguments> bad() {
        Layer noisy = ContainerNets.convolution("noisy", 3, 1, 1);
        ((BaseLayer) noisy).setWeightNoise(new DropConnect(0.5));
        Layer gaussian = new CheckpointSequence.Builder()
                .name("inner")
                .dropOut(new GaussianDropout(0.5))
                .layers(ContainerNets.convolution("a", 4, 1, 1))
                .build();
        Layer constrained = new CheckpointSequence.Builder()
                .name("inner")
                .constrainWeights(new MaxNormConstraint(1, 1))
                .layers(ContainerNets.convolution("a", 4, 1, 1))
                .build();
        return Stream.of(
                Arguments.of(one(constrained), new String[] {"constraints", "inner.", "on the layers inside"}),
                Arguments.of(new Layer[0], new String[] {"no layers", "layers(...)"}),
                Arguments.of(
                        one(ContainerNets.convolution("a_b", 2, 1, 1)), new String[] {"underscores", "a_b", "rename"}),
                Arguments.of(
                        new Layer[] {ContainerNets.convolution("a", 2, 1, 1), ContainerNets.convolution("a", 2, 1, 1)},
                        new String[] {"two layers", "a.", "names of their own"}),
                Arguments.of(one(noisy), new String[] {"weight noise", "noisy", "remove it"}),
                Arguments.of(one(gaussian), new String[] {"GaussianDropout", "inner.", "put a DropoutLayer"}),
                Arguments.of(
                        one(new ResidualUnit.Builder()
                                .name("unit")
                                .main(noisy.clone())
                                .build()),
                        new String[] {"weight noise", "noisy"}),
                Arguments.of(
                        one(new ResidualUnit.Builder()
                                .name("unit")
                                .main(ContainerNets.convolution("a", 2, 1, 1))
                                .build()),
                        new String[] {"residual unit \"unit\"", "equal shapes", "projection"}),
                Arguments.of(
                        one(new OutputLayer.Builder().nIn(4).nOut(2).build()),
                        new String[] {"loss", "behind the container"}));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void badContainersAreRefused(Layer[] layers, String[] words) {
        for (LayerSequence.Builder<?> builder :
                new LayerSequence.Builder<?>[] {new RazorSequence.Builder(), new CheckpointSequence.Builder()}) {
            Layer[] own = Stream.of(layers).map(Layer::clone).toArray(Layer[]::new);
            Layer container = builder.layers(own).name("body").build();
            String message = assertThrows(RuntimeException.class, () -> ContainerNets.net(DataType.FLOAT, container))
                    .getMessage();
            for (String word : words) {
                assertTrue(message.contains(word), () -> "\"" + word + "\" is not in: " + message);
            }
        }
    }

    @Test
    void sequencesDoNotComputeActivationsAgain() {
        RazorSequence.Builder builder = new RazorSequence.Builder();
        String message = assertThrows(
                        IllegalArgumentException.class, () -> builder.activations(ActivationMemory.RECOMPUTE))
                .getMessage();
        assertTrue(message.contains("RECOMPUTE") && message.contains("CheckpointSequence"), message);
    }

    @Test
    void ratiosAreChecked() {
        for (double prune : new double[] {-0.1, 1, Double.NaN}) {
            String message = assertThrows(IllegalArgumentException.class, () -> new Thinning(prune, RazorValues.FP16))
                    .getMessage();
            assertTrue(message.contains("[0, 1)") && message.contains(String.valueOf(prune)), message);
        }
    }
}
