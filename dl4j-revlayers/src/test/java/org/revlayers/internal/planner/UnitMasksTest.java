package org.revlayers.internal.planner;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.rnn.DuplicateToTimeSeriesVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

class UnitMasksTest {

    private static final int TOKENS = 8;
    private static final InputType SEQUENCE = InputType.recurrent(3, TOKENS);

    private static Convolution1DLayer convolution(int stride) {
        return new Convolution1DLayer.Builder(3, stride)
                .nOut(4)
                .convolutionMode(ConvolutionMode.Same)
                .build();
    }

    private static RnnOutputLayer output() {
        return new RnnOutputLayer.Builder().nOut(2).build();
    }

    private static INDArray mask() {
        return Nd4j.ones(DataType.FLOAT, 1, TOKENS);
    }

    @Test
    void throughALine() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list()
                .layer(convolution(1))
                .layer(convolution(2))
                .layer(output())
                .setInputType(SEQUENCE)
                .build());
        net.init();
        List<String> line = List.of("in", "a", "b", "c");
        Map<String, INDArray> masks = UnitMasks.of(net, line, new INDArray[] {mask()});
        assertArrayEquals(new long[] {1, TOKENS}, masks.get("in").shape());
        assertArrayEquals(new long[] {1, TOKENS}, masks.get("a").shape());
        assertArrayEquals(new long[] {1, TOKENS / 2}, masks.get("b").shape(), "behind a stride");
        assertNull(net.getMask(), "the network has none behind it");
        assertEquals(Map.of(), UnitMasks.of(net, line, null));
    }

    /** A vertex that reads the mask of the network's input. */
    @Test
    void backToASequence() {
        ComputationGraph net = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(SEQUENCE)
                .addLayer("lstm", new LSTM.Builder().nOut(4).build(), "in")
                .addVertex("last", new LastTimeStepVertex("in"), "lstm")
                .addVertex("again", new DuplicateToTimeSeriesVertex("in"), "last")
                .addLayer("convolution", convolution(1), "again")
                .addLayer("out", output(), "convolution")
                .setOutputs("out")
                .build());
        net.init();
        Map<String, INDArray> masks = UnitMasks.of(net, List.of(), new INDArray[] {mask()});
        assertEquals(Set.of("in", "lstm", "again", "convolution"), masks.keySet());
        assertNull(net.getInputMaskArrays(), "the network has none behind it");
    }

    @Test
    void theFirstInputHasNone() {
        Batch batch = new Batch(new MultiDataSet(
                new INDArray[] {Nd4j.ones(DataType.FLOAT, 2, 3), Nd4j.ones(DataType.FLOAT, 2, 3, TOKENS)},
                null,
                new INDArray[] {null, Nd4j.ones(DataType.FLOAT, 2, TOKENS)},
                null));
        INDArray[] one = batch.masksOfOne();
        assertNotNull(one);
        assertNull(one[0]);
        assertArrayEquals(new long[] {1, TOKENS}, one[1].shape());
    }
}
