package org.revlayers.listeners;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;
import org.revlayers.memory.MemoryReport;

/** A measuring listener predicts for every layout that DL4J has. */
class MemoryListenerLayoutTest {

    private static final int MB = 2;
    private static final int FEATURES = 4;
    private static final int STEPS = 7;

    private static NeuralNetConfiguration.Builder base() {
        return new NeuralNetConfiguration.Builder().seed(3).updater(new Sgd(0.1));
    }

    private static Convolution1DLayer conv1d(RNNFormat format) {
        return new Convolution1DLayer.Builder()
                .rnnDataFormat(format)
                .kernelSize(3)
                .convolutionMode(ConvolutionMode.Same)
                .nIn(FEATURES)
                .nOut(FEATURES)
                .activation(Activation.RELU)
                .build();
    }

    private static MultiLayerNetwork list(InputType input, Layer... layers) {
        MultiLayerNetwork net =
                new MultiLayerNetwork(base().list(layers).setInputType(input).build());
        net.init();
        return net;
    }

    private static ComputationGraph residual(Layer one, Layer two, RNNFormat format) {
        ComputationGraph net = new ComputationGraph(base().graphBuilder()
                .addInputs("in")
                .addLayer("f0", one, "in")
                .addVertex("s0", new ElementWiseVertex(ElementWiseVertex.Op.Add), "f0", "in")
                .addLayer("f1", two, "s0")
                .addVertex("s1", new ElementWiseVertex(ElementWiseVertex.Op.Add), "f1", "s0")
                .addLayer("out", rnnOut(format), "s1")
                .setOutputs("out")
                .build()); // without input types: nothing but the layers tells the layout
        net.init();
        return net;
    }

    private static RnnOutputLayer rnnOut(RNNFormat format) {
        return new RnnOutputLayer.Builder()
                .dataFormat(format)
                .nIn(FEATURES)
                .nOut(2)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private static DataSet sequences(RNNFormat format) {
        INDArray x = Nd4j.linspace(DataType.FLOAT, -1.0, 0.05, (long) MB * FEATURES * STEPS)
                .reshape('c', MB, FEATURES, STEPS);
        INDArray y = Nd4j.zeros(MB, 2, STEPS);
        for (int t = 0; t < STEPS; t++) {
            y.putScalar(new int[] {0, t % 2, t}, 1).putScalar(new int[] {1, 1, t}, 1);
        }
        return format == RNNFormat.NCW
                ? new DataSet(x, y)
                : new DataSet(x.permute(0, 2, 1).dup('c'), y.permute(0, 2, 1).dup('c'));
    }

    /** What was measured, by layer and tensor. */
    static Map<String, MemoryReport.Row> rows(MemoryListener memory) {
        return memory.report().rows().stream().collect(Collectors.toMap(r -> r.layer() + "/" + r.tensor(), r -> r));
    }

    private static void predictsWhatItMeasures(MemoryListener memory) {
        List<MemoryReport.Row> wrong = memory.report().rows().stream()
                .filter(r -> r.predicted() >= 0 && r.predicted() != r.bytes())
                .toList();
        assertEquals(List.of(), wrong);
    }

    /** In DL4J's default layout; M2.1's convolution does not go back through the other. */
    @Test
    void convolvedSequences() {
        RNNFormat format = RNNFormat.NCW;
        MultiLayerNetwork plain =
                list(InputType.recurrent(FEATURES, STEPS, format), conv1d(format), conv1d(format), rnnOut(format));
        MultiLayerNetwork net = Lean.convert(plain, Memory.razor(0.9)).network();
        MemoryListener memory = new MemoryListener();
        net.setListeners(memory);
        net.fit(sequences(format));
        long array = (long) MB * FEATURES * STEPS * Float.BYTES;
        MemoryReport.Row output = rows(memory).get("razor1/output");
        assertEquals(array, output.bytes());
        assertEquals(array, output.predicted(), "from shapes: 2 examples of 4 features in 7 steps of 4 bytes");
        predictsWhatItMeasures(memory);
    }

    @ParameterizedTest
    @EnumSource(RNNFormat.class)
    void chainsOfRecurrentLayersWithoutInputType(RNNFormat format) {
        LSTM lstm = new LSTM.Builder()
                .dataFormat(format)
                .nIn(FEATURES)
                .nOut(FEATURES)
                .activation(Activation.TANH)
                .build();
        ComputationGraph net = Lean.convert(residual(lstm, (Layer) lstm.clone(), format), Memory.reversible())
                .network();
        MemoryListener memory = new MemoryListener();
        net.setListeners(memory);
        assertDoesNotThrow(() -> net.fit(sequences(format)));
        assertEquals(
                (long) MB * FEATURES * STEPS * Float.BYTES,
                rows(memory).get("chain1/y").predicted());
        predictsWhatItMeasures(memory);
    }

    @ParameterizedTest
    @EnumSource(Convolution3D.DataFormat.class)
    void volumes(Convolution3D.DataFormat format) {
        Layer[] layers = new Layer[4];
        for (int i = 0; i < 2; i++) {
            layers[i] = new Convolution3D.Builder(3, 3, 3)
                    .dataFormat(format)
                    .convolutionMode(ConvolutionMode.Same)
                    .nOut(3)
                    .activation(Activation.RELU)
                    .build();
        }
        layers[2] = new DenseLayer.Builder().nOut(5).activation(Activation.TANH).build();
        layers[3] =
                new OutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build();
        MultiLayerNetwork net = Lean.convert(
                        list(InputType.convolutional3D(format, 4, 5, 6, 2), layers), Memory.razor(0.9))
                .network();
        MemoryListener memory = new MemoryListener();
        net.setListeners(memory);
        INDArray x = format == Convolution3D.DataFormat.NCDHW
                ? Nd4j.rand(DataType.FLOAT, MB, 2, 4, 5, 6)
                : Nd4j.rand(DataType.FLOAT, MB, 4, 5, 6, 2);
        assertDoesNotThrow(() -> net.fit(new DataSet(x, Nd4j.eye(2))));
        MemoryReport.Row output = rows(memory).get("razor1/output");
        assertEquals(MB * 3L * 4 * 5 * 6 * Float.BYTES, output.bytes());
        assertEquals(output.bytes(), output.predicted());
        predictsWhatItMeasures(memory);
    }

    @Test
    void sideBitsOfAnOddNumberOfElements() {
        // 2·3·7 elements of 3 bits lie in groups of eight: ⌈42/8⌉·3 bytes, not ⌈126/8⌉
        LSTM lstm =
                new LSTM.Builder().nIn(3).nOut(3).activation(Activation.TANH).build();
        ComputationGraph plain = new ComputationGraph(base().graphBuilder()
                .addInputs("in")
                .addLayer("f0", lstm, "in")
                .addVertex("s0", new ElementWiseVertex(ElementWiseVertex.Op.Add), "f0", "in")
                .addLayer("f1", (Layer) lstm.clone(), "s0")
                .addVertex("s1", new ElementWiseVertex(ElementWiseVertex.Op.Add), "f1", "s0")
                .addLayer(
                        "out",
                        new RnnOutputLayer.Builder()
                                .nOut(2)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        "s1")
                .setOutputs("out")
                .setInputTypes(InputType.recurrent(3, STEPS))
                .build());
        plain.init();
        ComputationGraph net = Lean.convert(plain, Memory.reversible()).network();
        MemoryListener memory = new MemoryListener();
        net.setListeners(memory);
        net.fit(new DataSet(Nd4j.rand(MB, 3, STEPS), sequences(RNNFormat.NCW).getLabels()));
        MemoryReport.Row side = rows(memory).get("chain1/s0/side");
        assertEquals(18, side.bytes());
        assertEquals(18, side.predicted());
    }
}
