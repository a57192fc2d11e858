package org.revlayers.inner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Supplier;
import java.util.stream.Stream;
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
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.layers.Compare;
import org.revlayers.layers.LayerNormalization;
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
                        8));
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
