package org.revlayers.internal.inner;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.dropout.GaussianNoise;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.keep.MemoryMeter;
import org.revlayers.internal.memory.IdleWorkspaces;

/** Stock layers whose backward does what it needs of the forward: no second forward, no copies, the same gradients. */
class StockBackwardTest {

    /** Layers whose backward runs without a forward in front of it, on arrays that are not copies. */
    static Stream<StockInnerTest.Case> complete() {
        return Stream.of(
                new StockInnerTest.Case("separable", () -> of(separable().build()), 2, 3, 7, 5),
                new StockInnerTest.Case("depthwise, NHWC", () -> of(depthwise()), 2, 7, 5, 3),
                new StockInnerTest.Case(
                        "average, NHWC",
                        () -> of(pooling(SubsamplingLayer.PoolingType.AVG, CNN2DFormat.NHWC)),
                        2,
                        7,
                        5,
                        3),
                new StockInnerTest.Case(
                        "p-norm", () -> of(pooling(SubsamplingLayer.PoolingType.PNORM, CNN2DFormat.NCHW)), 2, 3, 7, 5),
                new StockInnerTest.Case(
                        "in a row",
                        () -> of(
                                convolution(),
                                normalisation(),
                                pooling(SubsamplingLayer.PoolingType.MAX, CNN2DFormat.NCHW)),
                        2,
                        3,
                        7,
                        5));
    }

    private static SeparableConvolution2D.Builder separable() {
        return new SeparableConvolution2D.Builder(3, 3)
                .nIn(3)
                .nOut(4)
                .dataFormat(CNN2DFormat.NCHW)
                .convolutionMode(ConvolutionMode.Same)
                .activation(Activation.TANH);
    }

    private static Layer depthwise() {
        return new DepthwiseConvolution2D.Builder()
                .kernelSize(3, 3)
                .nIn(3)
                .depthMultiplier(2)
                .nOut(6)
                .dataFormat(CNN2DFormat.NHWC)
                .convolutionMode(ConvolutionMode.Same)
                .activation(Activation.SIGMOID)
                .build();
    }

    private static Layer convolution() {
        return new ConvolutionLayer.Builder(3, 3)
                .nIn(3)
                .nOut(6)
                .convolutionMode(ConvolutionMode.Same)
                .activation(Activation.RELU)
                .build();
    }

    private static Layer normalisation() {
        return new LocalResponseNormalization.Builder().build();
    }

    private static Layer pooling(SubsamplingLayer.PoolingType type, CNN2DFormat format) {
        SubsamplingLayer.Builder pool = new SubsamplingLayer.Builder(type)
                .kernelSize(3, 3)
                .stride(2, 2)
                .dataFormat(format)
                .convolutionMode(ConvolutionMode.Same);
        return (type == SubsamplingLayer.PoolingType.PNORM ? pool.pnorm(2) : pool).build();
    }

    @ParameterizedTest
    @MethodSource("complete")
    void keepsTheContractWithoutASecondForward(StockInnerTest.Case c) {
        InnerContract.check(c.layers(), HostChoice.STOCK, c.input());
    }

    /** With random numbers the forward has to be run, for its noise to be that of the step. */
    @Test
    void randomNumbersAreThoseOfTheForward() {
        InnerContract.behaves(
                () -> of(separable().dropOut(new GaussianNoise(0.5)).build()), HostChoice.STOCK, 2, 3, 7, 5);
    }

    /** Six arrays of DL4J's own, its result and what it lays out of line; 13 with a forward and two copies. */
    @Test
    void normalisationTakesNoMoreThanItsBackward() {
        IdleWorkspaces.free();
        Twin twin = new Twin(DataType.FLOAT, HostChoice.STOCK, normalisation());
        long[] shape = {2, 16, 12, 12};
        INDArray x = Twin.normal(DataType.FLOAT, 1, shape);
        twin.inner(x, Twin.normal(DataType.FLOAT, 2, shape), Twin.TRAINING);
        long arrays = (MemoryMeter.workspaceBytes() + x.length() * Float.BYTES / 2) / (x.length() * Float.BYTES);
        assertTrue(arrays <= 9, arrays + " arrays");
    }

    private static Layer[] of(Layer... layers) {
        return layers;
    }
}
