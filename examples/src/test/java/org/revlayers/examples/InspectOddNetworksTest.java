package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** Networks whose types DL4J does not tell: {@code inspect} and {@code convert} give a result all the same. */
class InspectOddNetworksTest {

    @TempDir
    private Path folder;

    private static DenseLayer dense() {
        return new DenseLayer.Builder().nOut(5).activation(Activation.TANH).build();
    }

    private static LSTM lstm() {
        return new LSTM.Builder().nOut(4).activation(Activation.TANH).build();
    }

    private static OutputLayer out() {
        return new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build();
    }

    private static Convolution3D volume() {
        return new Convolution3D.Builder(3, 3, 3)
                .convolutionMode(ConvolutionMode.Same)
                .nOut(2)
                .activation(Activation.RELU)
                .build();
    }

    private static MultiLayerNetwork list(InputType input, Layer... layers) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list(layers)
                .setInputType(input)
                .build());
        net.init();
        return net;
    }

    static Stream<Arguments> networks() {
        Map<String, MultiLayerNetwork> nets = new LinkedHashMap<>();
        InputType sequences = InputType.recurrent(4);
        nets.put(
                "dense layers between recurrent ones",
                list(
                        sequences,
                        lstm(),
                        dense(),
                        dense(),
                        new RnnOutputLayer.Builder()
                                .nOut(2)
                                .activation(Activation.SOFTMAX)
                                .build()));
        nets.put("the last time step", list(sequences, lstm(), new LastTimeStep(lstm()), dense(), dense(), out()));
        nets.put(
                "a loss layer",
                list(
                        InputType.feedForward(6),
                        dense(),
                        dense(),
                        new LossLayer.Builder(LossFunctions.LossFunction.MSE)
                                .activation(Activation.IDENTITY)
                                .build()));
        return nets.entrySet().stream().map(e -> Arguments.of(e.getKey(), e.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void areInspectedAndConverted(String name, MultiLayerNetwork net) throws Exception {
        Path file = folder.resolve("model.zip");
        Path converted = folder.resolve("converted.zip");
        ModelSerializer.writeModel(net, file.toFile(), true);
        CommandRun inspect = CommandRun.of("inspect", file.toString());
        assertEquals(0, inspect.code(), inspect::err);
        CommandRun convert =
                CommandRun.of("convert", "--in", file.toString(), "--out", converted.toString(), "--method", "razor");
        assertEquals(0, convert.code(), convert::err);
        assertFalse(convert.out().contains("unknown"), convert::out);
        CommandRun again = CommandRun.of("inspect", converted.toString());
        assertEquals(0, again.code(), again::err);
    }

    /** Rows of dense layers behind a recurrent one are as many as there are steps. */
    @org.junit.jupiter.api.Test
    void denseLayersOverTimeCountEveryStep() throws Exception {
        MultiLayerNetwork net = list(
                InputType.recurrent(4),
                lstm(),
                dense(),
                new RnnOutputLayer.Builder()
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build());
        Path file = folder.resolve("model.zip");
        ModelSerializer.writeModel(net, file.toFile(), true);
        CommandRun run = CommandRun.of("inspect", "--batch", "1024", "--tokens", "64", file.toString());
        assertEquals(0, run.code(), run::err);
        // 1024·64·(4 + 5 + 2) floats
        assertTrue(run.out().contains("2.8 MiB for backward"), run::out);
    }

    @org.junit.jupiter.api.Test
    void volumesAreGivenByFourNumbers() throws Exception {
        MultiLayerNetwork net = list(
                InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, 4, 5, 6, 2),
                volume(),
                volume(),
                dense(),
                out());
        Path file = folder.resolve("model.zip");
        ModelSerializer.writeModel(net, file.toFile(), true);
        CommandRun run = CommandRun.of("inspect", "--input", "2,4,5,6", file.toString());
        assertEquals(0, run.code(), run::err);
    }
}
