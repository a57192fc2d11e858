package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.layers.Compare;
import org.revlayers.layers.Tolerances;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;

/** Feed-forward, convolutional and recurrent inputs in all layouts, with r and exit: exact gradients, same bits in all modes. */
class ChainInputsTest {

    private static final int N = 4;

    record Case(String name, Supplier<ReversibleChain.Builder> chain, InputType input, long[] shape, Layer... behind) {

        MultiLayerNetwork net(DataType type, ChainMode mode) {
            Layer[] copies = Stream.of(behind).map(Layer::clone).toArray(Layer[]::new);
            return ChainNets.net(chain.get().mode(mode).build(), type, input, o -> {}, copies);
        }

        DataSet data(DataType type) {
            return ChainNets.data(type, shape);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static ReversibleChain.Builder chain(CoefficientSchedule schedule, SubBlock... blocks) {
        ReversibleChain.Builder chain = new ReversibleChain.Builder().schedule(schedule);
        for (SubBlock block : blocks) {
            chain.subBlock(block);
        }
        return chain;
    }

    private static CoefficientSchedule half() {
        return CoefficientSchedule.constant(0.5, 0.5);
    }

    private static Layer relu() {
        return new ActivationLayer(Activation.RELU);
    }

    private static Layer dense(int n) {
        return new DenseLayer.Builder().nOut(n).activation(Activation.TANH).build();
    }

    private static Layer convolution(CNN2DFormat format) {
        return new ConvolutionLayer.Builder(3, 3)
                .nOut(format == null ? 2 : N)
                .convolutionMode(ConvolutionMode.Same)
                .dataFormat(format == null ? CNN2DFormat.NHWC : format)
                .activation(Activation.TANH)
                .build();
    }

    private static Layer norm(CNN2DFormat format) {
        return new BatchNormalization.Builder().dataFormat(format).build();
    }

    private static Layer lstm(int n) {
        return new LSTM.Builder().nOut(n).activation(Activation.TANH).build();
    }

    private static Layer pool() {
        return new GlobalPoolingLayer(PoolingType.AVG);
    }

    static Stream<Case> cases() {
        CNN2DFormat nchw = CNN2DFormat.NCHW;
        CNN2DFormat nhwc = CNN2DFormat.NHWC;
        return Stream.of(
                new Case(
                        "feed-forward, r, exit to another size",
                        () -> chain(
                                        half(),
                                        SubBlock.of("a", dense(5), dense(N)).after(dense(N)),
                                        SubBlock.of("b", dense(N)).residual(false))
                                .exit(dense(3)),
                        InputType.feedForward(N),
                        new long[] {3, N}),
                new Case(
                        "post-activation residual network",
                        () -> chain(
                                        half(),
                                        SubBlock.of("a", convolution(nchw), norm(nchw)),
                                        SubBlock.of("b", convolution(nchw), norm(nchw))
                                                .after(relu()))
                                .exit(relu()),
                        InputType.convolutional(3, 3, N),
                        new long[] {3, N, 3, 3}),
                new Case(
                        "channels last, split",
                        () -> chain(
                                        CoefficientSchedule.constant(0, 1),
                                        SubBlock.of("a", convolution(null)),
                                        SubBlock.of("b", convolution(null)))
                                .start(StreamStart.SPLIT)
                                .merge(StreamMerge.CONCAT),
                        InputType.convolutional(3, 2, N, nhwc),
                        new long[] {3, 3, 2, N}),
                new Case(
                        "channels first, joined, exit that pools",
                        () -> chain(half(), SubBlock.of("a", norm(nchw), convolution(nchw)))
                                .merge(StreamMerge.CONCAT)
                                .exit(new SubsamplingLayer.Builder(2, 2).build()),
                        InputType.convolutional(4, 4, N),
                        new long[] {2, N, 4, 4}),
                new Case(
                        "recurrent, split",
                        () -> chain(half(), SubBlock.of("a", lstm(2)), SubBlock.of("b", lstm(2)))
                                .start(StreamStart.SPLIT)
                                .merge(StreamMerge.CONCAT),
                        InputType.recurrent(N, 3, RNNFormat.NCW),
                        new long[] {2, N, 3},
                        pool()),
                new Case(
                        "recurrent, odd number of features",
                        () -> chain(half(), SubBlock.of("a", lstm(3)), SubBlock.of("b", lstm(2), lstm(3))),
                        InputType.recurrent(3, 4, RNNFormat.NCW),
                        new long[] {2, 3, 4},
                        pool()));
    }

    @AfterEach
    void useFloatAgain() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gradientsEqualFiniteDifferences(Case c) {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
        DataSet data = c.data(DataType.DOUBLE);
        MultiLayerNetwork net = c.net(DataType.DOUBLE, ChainMode.REVERSE);
        assertTrue(GradientCheckUtil.checkGradients(new GradientCheckUtil.MLNConfig()
                .net(withNoOp(net))
                .input(data.getFeatures())
                .labels(data.getLabels())
                .epsilon(1e-6)
                .maxRelError(Tolerances.DIFFERENCES)
                .minAbsoluteError(1e-8)
                .subset(true)
                .maxPerParam(12)
                .excludeParams(java.util.Set.copyOf(net.paramTable().keySet().stream()
                        .filter(k -> k.endsWith(".mean") || k.endsWith(".var") || k.endsWith("log10stdev"))
                        .toList()))
                .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)));
    }

    /** As the gradient check wants it. */
    private static MultiLayerNetwork withNoOp(MultiLayerNetwork net) {
        MultiLayerConfiguration conf = net.getLayerWiseConfigurations().clone();
        conf.getConfs().forEach(each -> {
            if (each.getLayer() instanceof org.deeplearning4j.nn.conf.layers.BaseLayer layer) {
                layer.setIUpdater(new org.nd4j.linalg.learning.config.NoOp());
            }
        });
        MultiLayerNetwork other = new MultiLayerNetwork(conf);
        other.init(net.params().dup(), false);
        return other;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void modesGiveTheSameBits(Case c) {
        MultiLayerNetwork reverse = c.net(DataType.FLOAT, ChainMode.REVERSE);
        MemoryListener listener = new MemoryListener();
        reverse.addListeners(listener);
        List<MultiLayerNetwork> others =
                List.of(c.net(DataType.FLOAT, ChainMode.STORE), c.net(DataType.FLOAT, ChainMode.CHECKPOINT));
        for (int i = 0; i < 3; i++) {
            reverse.fit(c.data(DataType.FLOAT));
            others.forEach(o -> o.fit(c.data(DataType.FLOAT)));
        }
        INDArray x = c.data(DataType.FLOAT).getFeatures();
        for (MultiLayerNetwork other : others) {
            Compare.same(reverse.params(), other.params(), "parameters after three steps");
            Compare.same(reverse.output(x), other.output(x), "output");
        }
        assertEquals(3, ((ChainHost) reverse.getLayer(0)).verifiedReconstructions());
        assertEquals(
                listener.report().keptBytes(),
                listener.report().predictedBytes()
                        + listener.report().rows().stream()
                                .filter(r -> r.predicted() < 0)
                                .mapToLong(r -> r.bytes())
                                .sum(),
                () -> listener.report().toString());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void configurationsGoThroughJson(Case c) {
        MultiLayerConfiguration conf = c.net(DataType.FLOAT, ChainMode.REVERSE).getLayerWiseConfigurations();
        MultiLayerConfiguration back = MultiLayerConfiguration.fromJson(conf.toJson());
        assertEquals(conf, back);
        MultiLayerNetwork one = new MultiLayerNetwork(conf);
        one.init();
        MultiLayerNetwork two = new MultiLayerNetwork(back);
        two.init();
        Compare.same(one.params(), two.params(), "parameters");
        one.fit(c.data(DataType.FLOAT));
        two.fit(c.data(DataType.FLOAT));
        Compare.same(one.params(), two.params(), "parameters after a step");
    }
}
