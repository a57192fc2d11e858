package org.revlayers.internal.inner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.internal.inner.RazorLayers.razor;
import static org.revlayers.internal.inner.RazorLayers.relu;
import static org.revlayers.internal.inner.RazorLayers.thinned;

import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer.BaseConvBuilder;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SpaceToDepthLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling1D;
import org.deeplearning4j.nn.conf.layers.Upsampling3D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping1D;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.layers.Compare;

/** Linear maps that run as DL4J implements them: what thinning changes is their weight gradient. */
class StockLinearTest {

    /** A kind of layer that has no host, of four channels. */
    record Kind(String name, Supplier<BaseConvBuilder<?>> builder, long... input) {

        Layer layer(Activation activation) {
            BaseConvBuilder<?> made = builder.get();
            return made.convolutionMode(ConvolutionMode.Same)
                    .nIn(4)
                    .nOut(4)
                    .activation(activation)
                    .build();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static final long[] IMAGE = {3, 4, 6, 5};

    static Stream<Kind> kinds() {
        return Stream.of(
                new Kind("depthwise convolution", () -> new DepthwiseConvolution2D.Builder(3, 3), IMAGE),
                new Kind(
                        "separable convolution",
                        () -> new SeparableConvolution2D.Builder(3, 3).dataFormat(CNN2DFormat.NHWC),
                        3,
                        6,
                        5,
                        4),
                new Kind("transposed convolution", () -> new Deconvolution2D.Builder(2, 2).stride(2, 2), IMAGE),
                new Kind("1-D convolution", () -> new Convolution1DLayer.Builder(3), 3, 4, 7),
                new Kind("3-D convolution", () -> new Convolution3D.Builder(2, 2, 2), 3, 4, 3, 5, 4),
                new Kind("dilated convolution", () -> new ConvolutionLayer.Builder(3, 3).dilation(2, 2), IMAGE),
                new Kind(
                        "NHWC convolution",
                        () -> new ConvolutionLayer.Builder(3, 3).dataFormat(CNN2DFormat.NHWC),
                        3,
                        6,
                        5,
                        4));
    }

    private static Layer[] behindRelu(Kind kind) {
        return new Layer[] {relu(), kind.layer(Activation.IDENTITY)};
    }

    private static Twin.Step step(Twin twin, Kind kind) {
        INDArray x = Twin.normal(DataType.FLOAT, 1, kind.input());
        INDArray dy = Twin.normal(DataType.FLOAT, 2, twin.network.outputShape(kind.input()));
        return twin.inner(x, dy, Twin.TRAINING);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void onlyTheWeightGradientSeesWhatIsMissing(Kind kind) {
        Twin.Step exact = step(new Twin(DataType.FLOAT, HostChoice.OWN, behindRelu(kind)), kind);
        for (double prune : new double[] {0.6, 0.97}) {
            Twin razor = new Twin(DataType.FLOAT, HostChoice.OWN, razor(prune), behindRelu(kind));
            assertTrue(razor.network.layers().get(1) instanceof StockInner, razor.network.toString());
            Twin.Step step = step(razor, kind);
            Compare.same(exact.out(), step.out(), "output");
            Compare.same(exact.dx(), step.dx(), "dx");
            Compare.different(exact.gradients().get(1), step.gradients().get(1), "dW");

            INDArray x = Twin.normal(DataType.FLOAT, 1, kind.input());
            INDArray hat = thinned(x.mul(x.gt(0).castTo(DataType.FLOAT)), prune);
            INDArray dy = Twin.normal(DataType.FLOAT, 2, razor.network.outputShape(kind.input()));
            Twin alone = new Twin(DataType.FLOAT, HostChoice.STOCK, kind.layer(Activation.IDENTITY));
            alone.parameters.get(0).assign(razor.parameters.get(1));
            Twin.Step formula = alone.inner(hat, dy, Twin.TRAINING);
            Compare.same(formula.gradients().get(0), step.gradients().get(1), "dW on x̂, db");
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void keepingEverythingIsExact(Kind kind) {
        Twin.Step exact = step(new Twin(DataType.FLOAT, HostChoice.OWN, behindRelu(kind)), kind);
        Twin.Step all = step(new Twin(DataType.FLOAT, HostChoice.OWN, razor(0), behindRelu(kind)), kind);
        Compare.same(exact.dx(), all.dx(), "dx");
        Compare.same(exact.gradients().get(1), all.gradients().get(1), "dW, db");
    }

    /** A mask's axis is the last one here: it must not be taken for that of channels, of which there are as many. */
    @Test
    void masksOfSequencesHideNothing() {
        Layer[] layers = {
            relu(),
            new Convolution1DLayer.Builder(3)
                    .convolutionMode(ConvolutionMode.Same)
                    .nIn(4)
                    .nOut(4)
                    .activation(Activation.IDENTITY)
                    .build()
        };
        INDArray x = Twin.normal(DataType.FLOAT, 1, 2, 4, 4);
        INDArray dy = Twin.normal(DataType.FLOAT, 2, 2, 4, 4);
        INDArray mask = Twin.uniform(DataType.FLOAT, 1, 2, 4).gt(0.5).castTo(DataType.FLOAT);
        assertTrue(mask.sumNumber().intValue() > 0 && mask.sumNumber().intValue() < 8, "some hidden: " + mask);
        Pass pass = Twin.TRAINING.masked(mask);
        Twin.Step exact = new Twin(DataType.FLOAT, HostChoice.OWN, layers).inner(x, dy, pass);
        Twin.Step all = new Twin(DataType.FLOAT, HostChoice.OWN, razor(0), layers).inner(x, dy, pass);
        Compare.same(exact.gradients().get(1), all.gradients().get(1), "dW, db");
        Compare.same(exact.dx(), all.dx(), "dx");
    }

    @Test
    void dropoutDrawsTheSameMask() {
        Kind kind = kinds().findFirst().orElseThrow();
        Layer dropping = kind.layer(Activation.IDENTITY);
        dropping.setIDropout(new org.deeplearning4j.nn.conf.dropout.Dropout(0.6));
        Twin.Step exact = step(new Twin(DataType.FLOAT, HostChoice.OWN, relu(), dropping), kind);
        Twin.Step step = step(new Twin(DataType.FLOAT, HostChoice.OWN, razor(0.9), relu(), dropping), kind);
        Compare.same(exact.out(), step.out(), "output");
        Compare.same(exact.dx(), step.dx(), "dx");
        assertTrue(exact.dx().eq(0).castTo(DataType.INT32).sumNumber().intValue() > 0, "something was dropped");
    }

    private static String reason(Layer layer, HostChoice hosts) {
        return DenseReads.reason(
                layer, InnerLayers.Setting.outline(DataType.FLOAT, hosts).with(razor(0.9)));
    }

    /** An activation function inside is computed again from the input, which stays dense then. */
    @ParameterizedTest
    @MethodSource("kinds")
    void reportsCallLayersByTheirKind(Kind kind) {
        String reason = reason(kind.layer(Activation.TANH), HostChoice.OWN);
        assertTrue(reason.startsWith(kind.name() + " runs as DL4J implements it"), reason);
        assertTrue(reason.contains("ActivationLayer behind it"), reason);
        for (HostChoice hosts : HostChoice.values()) {
            assertNull(reason(kind.layer(Activation.IDENTITY), hosts));
        }
        Twin.Step exact = step(new Twin(DataType.FLOAT, HostChoice.OWN, relu(), kind.layer(Activation.TANH)), kind);
        Twin.Step step =
                step(new Twin(DataType.FLOAT, HostChoice.OWN, razor(0.9), relu(), kind.layer(Activation.TANH)), kind);
        Compare.same(exact.gradients().get(1), step.gradients().get(1), "dW of one that computes again");
    }

    @Test
    void reportsSayWhatStandsInTheWay() {
        Layer noisy = RazorLayers.dense(4, 4);
        noisy.setIDropout(new org.deeplearning4j.nn.conf.dropout.GaussianNoise(0.5));
        String reason = reason(noisy, HostChoice.OWN);
        assertTrue(reason.contains("GaussianNoise"), reason);
        assertNotNull(reason(RazorLayers.norm(), HostChoice.STOCK));
        assertNull(reason(RazorLayers.norm(), HostChoice.OWN));
    }

    static Stream<Kind> copies() {
        return Stream.of(
                new Kind("upsampling 1-D", null, 2, 4, 3),
                new Kind("upsampling 3-D", null, 2, 4, 2, 3, 2),
                new Kind("padding 1-D", null, 2, 4, 3),
                new Kind("cropping 1-D", null, 2, 4, 5),
                new Kind("space to depth", null, 2, 4, 4, 6));
    }

    private static Layer copying(Kind kind) {
        return switch (kind.name()) {
            case "upsampling 1-D" -> new Upsampling1D.Builder(2).build();
            case "upsampling 3-D" -> new Upsampling3D.Builder(2).build();
            case "padding 1-D" -> new ZeroPadding1DLayer.Builder(1).build();
            case "cropping 1-D" -> new Cropping1D.Builder(1, 1).build();
            default -> new SpaceToDepthLayer.Builder<>(2, CNN2DFormat.NCHW).build();
        };
    }

    @ParameterizedTest
    @MethodSource("copies")
    void copiesReadNothing(Kind kind) {
        Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, copying(kind));
        assertFalse(twin.network.readsInput());
        INDArray x = Twin.normal(DataType.FLOAT, 1, kind.input());
        INDArray dy = Twin.normal(DataType.FLOAT, 2, twin.network.outputShape(kind.input()));
        Compare.same(
                twin.stock(x, dy, true).dx(), twin.inner(x, dy, Twin.TRAINING).dx(), "dx");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void frozenOnesReadNothing(Kind kind) {
        Layer[] still = {relu(), new FrozenLayer(kind.layer(Activation.IDENTITY))};
        Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, razor(0.9), still);
        assertFalse(twin.network.layers().get(1).readsInput());
        Twin.Step exact = step(new Twin(DataType.FLOAT, HostChoice.OWN, behindRelu(kind)), kind);
        Twin.Step step = step(twin, kind);
        Compare.same(exact.dx(), step.dx(), "dx");
        assertEquals(0, step.gradients().get(1).amaxNumber().doubleValue(), "gradients of a frozen layer");
    }
}
