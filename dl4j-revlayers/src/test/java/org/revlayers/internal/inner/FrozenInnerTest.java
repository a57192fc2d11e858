package org.revlayers.internal.inner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.keep.TokenRazor;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.BranchScaling;
import org.revlayers.layers.Compare;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.MultiHeadSelfAttention;
import org.revlayers.layers.TokenLayer;
import org.revlayers.layers.Tolerances;
import org.revlayers.layers.TransformerMlp;

class FrozenInnerTest {

    record Case(String name, Supplier<Layer> layer, long... input) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("dense", () -> dense().build(), 3, 5),
                new Case(
                        "pointwise convolution",
                        () -> new ConvolutionLayer.Builder(1, 1)
                                .nIn(3)
                                .nOut(4)
                                .activation(Activation.TANH)
                                .build(),
                        2,
                        3,
                        4,
                        5),
                new Case(
                        "convolution",
                        () -> new ConvolutionLayer.Builder(3, 3)
                                .nIn(3)
                                .nOut(4)
                                .activation(Activation.TANH)
                                .build(),
                        2,
                        3,
                        4,
                        5),
                new Case(
                        "LSTM",
                        () -> new LSTM.Builder()
                                .nIn(3)
                                .nOut(4)
                                .activation(Activation.TANH)
                                .build(),
                        2,
                        3,
                        5),
                new Case(
                        "MLP",
                        () -> new TransformerMlp.Builder(12).nIn(8).nOut(8).build(),
                        2,
                        5,
                        8),
                new Case("attention", () -> attention().build(), 2, 5, 8),
                new Case("norm", () -> norm(), 2, 5, 8),
                new Case("scaling", () -> scaling(), 2, 5, 8));
    }

    private static MultiHeadSelfAttention.Builder attention() {
        return new MultiHeadSelfAttention.Builder(2).nIn(8).nOut(8);
    }

    private static Layer norm() {
        return new LayerNormalization.Builder().nIn(8).nOut(8).build();
    }

    private static Layer scaling() {
        return new BranchScaling.Builder().layerScale(0.3).nIn(8).nOut(8).build();
    }

    private static Layer mlp(ActivationMemory memory) {
        return new TransformerMlp.Builder(12)
                .activationMemory(memory)
                .nIn(8)
                .nOut(8)
                .build();
    }

    /** Bytes of {@code [2, 5, n]}. */
    private static long bytes(int n) {
        return 2 * 5 * n * Float.BYTES;
    }

    /** A layer behind another one, and the bytes that it keeps less, with its input, if it is frozen. */
    static Stream<Arguments> savings() {
        return Stream.of(
                Arguments.of(mlp(ActivationMemory.DENSE), bytes(8) + bytes(12)),
                Arguments.of(mlp(ActivationMemory.RECOMPUTE), bytes(8)),
                Arguments.of(mlp(ActivationMemory.TWO_BIT), bytes(8) + bytes(12)),
                Arguments.of(mlp(ActivationMemory.FP16), bytes(8) + bytes(12)),
                Arguments.of(attention().build(), bytes(8)),
                Arguments.of(norm(), 0L),
                Arguments.of(scaling(), bytes(8)));
    }

    /** Nothing that only a weight gradient would read is kept, and what is kept is as predicted; the input gradient has the same bits. */
    @ParameterizedTest
    @MethodSource("savings")
    void keepsNothingForGradientsThatNobodyWants(Layer layer, long saved) {
        Twin learns = new Twin(DataType.FLOAT, HostChoice.OWN, norm(), layer.clone());
        Twin frozen = new Twin(DataType.FLOAT, HostChoice.OWN, norm(), new FrozenLayerWithBackprop(layer.clone()));
        assertEquals(kept(learns) - saved, kept(frozen));
        INDArray x = Twin.normal(DataType.FLOAT, 1, 2, 5, 8);
        INDArray dy = Twin.normal(DataType.FLOAT, 2, 2, 5, 8);
        Twin.Step expected = learns.inner(x, dy, Twin.TRAINING);
        Twin.Step actual = frozen.inner(x, dy, Twin.TRAINING);
        Compare.same(expected.out(), actual.out(), "output");
        Compare.same(expected.dx(), actual.dx(), "input gradient");
        Compare.same(expected.gradients().get(0), actual.gradients().get(0), "gradients of the norm in front");
    }

    /** A frozen layer thins what backward and a pruned forward read as one that learns does. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void thinnedLayersAreTheSameFunctionIfFrozen(boolean prunesForward) {
        Thinning thinning = new Thinning(0.5, RazorValues.FULL, RazorFill.MEAN, prunesForward);
        for (TokenLayer layer : List.of(
                (TokenLayer) mlp(ActivationMemory.THINNED),
                (TokenLayer) mlp(ActivationMemory.TWO_BIT),
                attention().build(),
                (TokenLayer) scaling())) {
            layer.setRazor(new TokenRazor(thinning, null, false));
            Twin learns = new Twin(DataType.FLOAT, HostChoice.OWN, layer.clone());
            Twin frozen = new Twin(DataType.FLOAT, HostChoice.OWN, new FrozenLayerWithBackprop(layer.clone()));
            INDArray x = Twin.normal(DataType.FLOAT, 1, 2, 5, 8);
            INDArray dy = Twin.normal(DataType.FLOAT, 2, 2, 5, 8);
            Twin.Step expected = learns.inner(x, dy, Twin.TRAINING);
            Twin.Step actual = frozen.inner(x, dy, Twin.TRAINING);
            Compare.same(expected.out(), actual.out(), "output of " + layer);
            Compare.same(expected.dx(), actual.dx(), "input gradient of " + layer);
            assertTrue(frozen.kept.isEmpty(), "nothing stays kept");
        }
    }

    private static long kept(Twin twin) {
        INDArray x = Twin.normal(DataType.FLOAT, 1, 2, 5, 8);
        twin.kept.begin();
        twin.network.forward(x, x.dup(), Twin.TRAINING, twin.kept);
        long bytes = twin.kept.bytes();
        InputType tokens = InputType.recurrent(8, 5, RNNFormat.NWC);
        long predicted = twin.network.predictKept(tokens).stream()
                .mapToLong(k -> k.bytes(2, Float.BYTES))
                .sum();
        assertEquals(predicted, bytes, "as predicted");
        twin.kept.clear();
        return bytes;
    }

    private static DenseLayer.Builder dense() {
        return new DenseLayer.Builder().nIn(5).nOut(4).activation(Activation.TANH);
    }

    /** DL4J zeroes the gradients as well. */
    @ParameterizedTest
    @MethodSource("cases")
    void passesTheGradientOn(Case c) {
        InnerContract.check(() -> new Layer[] {new FrozenLayerWithBackprop(c.layer.get())}, HostChoice.OWN, c.input);
        InnerContract.check(() -> new Layer[] {new FrozenLayerWithBackprop(c.layer.get())}, HostChoice.STOCK, c.input);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void bothKindsAreOne(Case c) {
        Twin with = new Twin(DataType.FLOAT, HostChoice.OWN, new FrozenLayerWithBackprop(c.layer.get()));
        Twin without = new Twin(DataType.FLOAT, HostChoice.OWN, c.layer.get());
        Twin plain = new Twin(DataType.FLOAT, HostChoice.OWN, new FrozenLayer(c.layer.get()));
        INDArray x = Twin.normal(DataType.FLOAT, 1, c.input);
        INDArray dy = Twin.normal(DataType.FLOAT, 2, with.network.outputShape(c.input));
        Twin.Step expected = with.inner(x, dy, Twin.TRAINING);
        Twin.Step actual = plain.inner(x, dy, Twin.TRAINING);
        Compare.same(expected.out(), actual.out(), "output");
        Compare.same(expected.dx(), actual.dx(), "input gradient");
        Compare.same(expected.dx(), without.inner(x, dy, Twin.TRAINING).dx(), "input gradient of the one that learns");
        assertEquals(0, actual.gradients().get(0).amaxNumber().doubleValue(), "parameter gradients");
    }

    @Test
    void noiseIsOff() {
        Layer noisy = dense().dropOut(0.5).build();
        Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, new FrozenLayerWithBackprop(noisy));
        Twin stock = new Twin(DataType.FLOAT, HostChoice.STOCK, new FrozenLayerWithBackprop(noisy));
        INDArray x = Twin.normal(DataType.FLOAT, 1, 3, 5);
        INDArray dy = Twin.normal(DataType.FLOAT, 2, 3, 4);
        Twin.Step step = twin.inner(x, dy, Twin.TRAINING);
        Compare.same(twin.output(x, Twin.TRAINING.frozen()), step.out(), "output");
        Compare.near(step.dx(), stock.inner(x, dy, Twin.TRAINING).dx(), Tolerances.FLOAT_ORDER, "DL4J's, also without");
    }

    @Test
    void normsRunOnRunningStatistics() {
        Layer norm = new BatchNormalization.Builder().nIn(3).nOut(3).build();
        Layer relu = new ActivationLayer(Activation.RELU);
        Twin twin = new Twin(DataType.DOUBLE, HostChoice.OWN, new FrozenLayerWithBackprop(norm), relu);
        Twin inference = new Twin(DataType.DOUBLE, HostChoice.OWN, norm, relu);
        assertEquals(1, twin.network.layers().size(), "one layer with its relu");
        INDArray x = Twin.normal(DataType.DOUBLE, 1, 4, 3, 2, 2);
        Twin.Step step = twin.inner(x, x, Twin.TRAINING);
        Compare.near(
                inference.stock(x, null, false).out(), step.out(), Tolerances.DOUBLE_ORDER, "output as in inference");
        Compare.same(inference.inner(x, x, Twin.TRAINING.frozen()).dx(), step.dx(), "input gradient");
        assertEquals(0, step.gradients().get(0).amaxNumber().doubleValue(), "no step of the statistics");
    }

    @Test
    void ourLayersRunAsTheyAre() {
        InnerContract.check(
                () -> new Layer[] {
                    new LayerNormalization.Builder().nIn(8).nOut(8).build(),
                    new TransformerMlp.Builder(12).nIn(8).nOut(8).build()
                },
                HostChoice.OWN,
                2,
                5,
                8);
        Twin twin = new Twin(
                DataType.FLOAT,
                HostChoice.STOCK,
                new TransformerMlp.Builder(12).nIn(8).nOut(8).build());
        assertTrue(twin.network.layers().get(0) instanceof org.revlayers.layers.TokenHost);
    }
}
