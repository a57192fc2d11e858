package org.revlayers.examples.shared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.examples.SmallModels;
import org.revlayers.keep.Memory;

class TrainingMethodTest {

    private static final double TOLERANCE = 1e-4;
    private static final int CHANNELS = 8;

    @Test
    void plainOfStockLayersLearnsWhatTheyLearn() {
        ComputationGraph stock = new ComputationGraph(residualGraph());
        stock.init();
        ComputationGraph plain = new Conversion(
                        TrainingMethod.PLAIN,
                        null,
                        new RazorChoice().memory(),
                        new PlanChoice()::plan,
                        null,
                        new BsrChoice())
                .of(stock, () -> null);
        INDArray start = stock.params().dup();
        INDArray images = Nd4j.randn(Nd4j.getRandomFactory().getNewRandomInstance(1), 4, CHANNELS, 9, 9);
        DataSet batch = new DataSet(images, Nd4j.eye(4).castTo(DataType.FLOAT));
        assertClose(stock.outputSingle(images), plain.outputSingle(images), "outputs before training");
        stock.fit(batch);
        plain.fit(batch);
        INDArray learned = stock.params().sub(start);
        INDArray learnedByPlain = Lean.restore(plain).params().sub(start);
        assertClose(learned, learnedByPlain, "changes of the parameters");
    }

    /** Two blocks of convolution and batch normalisation with a ReLU behind the addition. */
    private static ComputationGraphConfiguration residualGraph() {
        GraphBuilder graph = new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Sgd(0.1))
                .graphBuilder()
                .addInputs("image")
                .setInputTypes(InputType.convolutional(9, 9, CHANNELS));
        String at = "image";
        for (String block : List.of("a", "b")) {
            graph.addLayer(
                            "conv" + block,
                            new ConvolutionLayer.Builder(3, 3)
                                    .padding(1, 1)
                                    .nOut(CHANNELS)
                                    .activation(Activation.IDENTITY)
                                    .build(),
                            at)
                    .addLayer("norm" + block, new BatchNormalization(), "conv" + block)
                    .addVertex("add" + block, new ElementWiseVertex(ElementWiseVertex.Op.Add), "norm" + block, at)
                    .addLayer("relu" + block, new ActivationLayer(Activation.RELU), "add" + block);
            at = "relu" + block;
        }
        return graph.addLayer("pool", new GlobalPoolingLayer(PoolingType.AVG), at)
                .addLayer(
                        "output",
                        new OutputLayer.Builder()
                                .nOut(4)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        "pool")
                .setOutputs("output")
                .build();
    }

    private static void assertClose(INDArray expected, INDArray actual, String what) {
        double error = expected.sub(actual).norm2Number().doubleValue()
                / expected.norm2Number().doubleValue();
        assertEquals(0, error, TOLERANCE, what);
    }

    @Test
    void wordsSayWhatIsTrained() {
        MultiLayerNetwork net = SmallModels.vit();
        Conversion conversion = new Conversion(
                TrainingMethod.MEMORY,
                null,
                new RazorChoice().memory(),
                new PlanChoice()::plan,
                Memory.parse("half at \"block1\" checkpoint"),
                new BsrChoice());
        MultiLayerNetwork made = conversion.of(net, () -> null);
        assertTrue(made.summary().contains("half1"), made::summary);
        String message = assertThrows(
                        UsageException.class, () -> new MemoryChoice().check(List.of(TrainingMethod.MEMORY)))
                .getMessage();
        assertTrue(message.contains("--memory WORDS"), message);
        new MemoryChoice().check(List.of(TrainingMethod.PLAIN));
    }

    @Test
    void someMethodsAreAboutTransformersAlone() {
        Set<TrainingMethod> found = Arrays.stream(TrainingMethod.values())
                .filter(TrainingMethod::isForTransformers)
                .collect(Collectors.toSet());
        assertEquals(
                EnumSet.of(
                        TrainingMethod.APPROX,
                        TrainingMethod.RECOMPUTE,
                        TrainingMethod.RAZOR_APPROX,
                        TrainingMethod.BSR,
                        TrainingMethod.BSR_REVERSIBLE,
                        TrainingMethod.BSR_RAZOR,
                        TrainingMethod.REVERSIBLE_APPROX),
                found);
    }
}
