package org.revlayers.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.layers.PatchEmbedding;
import org.revlayers.layers.TransformerBlock;

/** Predicted memory counts the sample's axes as the network reads them, or says that it does not know them. */
class SampleLayoutTest {

    private static final int MB = 3;
    private static final int N = 4;
    private static final int STEPS = 7;
    private static final InputType NCW = InputType.recurrent(N, STEPS, RNNFormat.NCW);
    private static final InputType NWC = InputType.recurrent(N, STEPS, RNNFormat.NWC);
    private static final InputType NCHW = InputType.convolutional(6, 8, N, CNN2DFormat.NCHW);
    private static final InputType NHWC = InputType.convolutional(6, 8, N, CNN2DFormat.NHWC);

    private static Layer lstm(RNNFormat format) {
        return new LSTM.Builder()
                .nIn(N)
                .nOut(N)
                .dataFormat(format)
                .activation(Activation.TANH)
                .build();
    }

    private static Layer convolution(CNN2DFormat format) {
        return new ConvolutionLayer.Builder(1, 1).nOut(N).dataFormat(format).build();
    }

    /** A first layer, and the type that the network was made with. */
    static Stream<Arguments> first() {
        return Stream.of(
                Arguments.of(lstm(RNNFormat.NCW), NCW),
                Arguments.of(lstm(RNNFormat.NWC), NWC),
                Arguments.of(new FrozenLayerWithBackprop(lstm(RNNFormat.NCW)), NCW),
                Arguments.of(new Bidirectional(Bidirectional.Mode.ADD, lstm(RNNFormat.NCW)), NCW),
                Arguments.of(
                        new CheckpointSequence.Builder()
                                .layers(new ActivationLayer(Activation.TANH), lstm(RNNFormat.NCW))
                                .build(),
                        NCW),
                Arguments.of(new Convolution1DLayer.Builder(1).nOut(N).build(), NCW),
                Arguments.of(new TransformerBlock.Builder(2).mlp(8).build(), NWC),
                Arguments.of(new TransformerBlock.Builder(2).mlp(8).build(), NCW), // by its preprocessor
                Arguments.of(convolution(CNN2DFormat.NCHW), NCHW),
                Arguments.of(convolution(CNN2DFormat.NHWC), NHWC),
                Arguments.of(new PatchEmbedding.Builder(2).nOut(N).build(), NCHW),
                Arguments.of(new DenseLayer.Builder().nOut(N).build(), NCHW)); // by its preprocessor
    }

    @ParameterizedTest
    @MethodSource("first")
    void theFirstLayerOrItsPreprocessorTells(Layer first, InputType type) {
        boolean flat = first instanceof DenseLayer;
        NeuralNetConfiguration.ListBuilder list =
                new NeuralNetConfiguration.Builder().list().layer(first);
        MultiLayerNetwork net =
                new MultiLayerNetwork((flat ? list : list.layer(new GlobalPoolingLayer(PoolingType.AVG)))
                        .layer(new OutputLayer.Builder().nIn(N).nOut(2).build())
                        .setInputType(type)
                        .build());
        long[] shape = type.getShape(true);
        shape[0] = MB;
        assertEquals(type, SampleTypes.of(net, Nd4j.zeros(DataType.FLOAT, shape)));
    }

    @Test
    void nobodyTells() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list()
                .layer(new GlobalPoolingLayer(PoolingType.AVG))
                .layer(new OutputLayer.Builder().nIn(N).nOut(2).build())
                .build());
        assertNull(SampleTypes.of(net, Nd4j.zeros(DataType.FLOAT, MB, N, STEPS)));
        assertNull(SampleTypes.of(net, Nd4j.zeros(DataType.FLOAT, MB, N, 2, 2, 2)));
        assertEquals(InputType.feedForward(N), SampleTypes.of(net, Nd4j.zeros(DataType.FLOAT, MB, N)));
    }

    private static ComputationGraph residual(RNNFormat format, boolean telling, boolean pooled) {
        var g = new NeuralNetConfiguration.Builder().graphBuilder().addInputs("in");
        String from = "in";
        if (!telling) {
            g.addVertex("scaled", new ScaleVertex(2), "in");
            from = "scaled";
        }
        for (int i = 0; i < 2; i++) {
            g.addLayer("lstm" + i, lstm(format), from);
            g.addVertex("sum" + i, new ElementWiseVertex(ElementWiseVertex.Op.Add), "lstm" + i, from);
            from = "sum" + i;
        }
        if (pooled) {
            g.addLayer("pool", new GlobalPoolingLayer(PoolingType.AVG), from)
                    .addLayer("out", new OutputLayer.Builder().nIn(N).nOut(2).build(), "pool");
        } else {
            g.addLayer(
                    "out",
                    new RnnOutputLayer.Builder()
                            .nIn(N)
                            .nOut(2)
                            .dataFormat(format)
                            .build(),
                    from);
        }
        ComputationGraph net = new ComputationGraph(g.setOutputs("out")
                .setInputTypes(format == RNNFormat.NCW ? NCW : NWC)
                .build());
        net.init();
        return net;
    }

    private static ReversifyReport report(RNNFormat format, boolean telling, boolean pooled) {
        INDArray sample = format == RNNFormat.NCW
                ? Nd4j.ones(DataType.FLOAT, MB, N, STEPS)
                : Nd4j.ones(DataType.FLOAT, MB, STEPS, N);
        return Reversify.convert(
                        residual(format, telling, pooled),
                        ReversifyOptions.builder()
                                .sample(new INDArray[] {sample})
                                .build())
                .report();
    }

    /** The network keeps the outputs of two layers and two sums of N·STEPS elements, and the output of 2·STEPS. */
    @ParameterizedTest
    @EnumSource(RNNFormat.class)
    void memoryOfSequencesIsPredictedInTheirFormat(RNNFormat format) {
        ReversifyReport report = report(format, true, false);
        assertEquals(
                (4L * N * STEPS + 2 * STEPS) * MB * Float.BYTES,
                report.comparison().keptBefore(),
                report.toString());
        assertTrue(report.comparison().keptAfter() > 0, report.toString());
        assertFalse(report.toString().contains("for backward: unknown"), report.toString());
    }

    /** DL4J says that pooled sequences are sequences, and puts a preprocessor behind them. */
    @Test
    void preprocessorsInsideAreRespected() {
        ReversifyReport report = report(RNNFormat.NCW, true, true);
        assertTrue(report.comparison().keptAfter() > 0, report.toString());
    }

    @Test
    void anUnknownFormatIsSaid() {
        ReversifyReport report = report(RNNFormat.NCW, false, false);
        assertEquals(-1, report.comparison().keptBefore());
        assertEquals(-1, report.comparison().keptAfter());
        assertTrue(report.toString().contains("for backward: unknown"), report.toString());
    }
}
