package org.revlayers.examples.bench;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToRnnPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * The vision transformer from what stock DL4J has: {@link ConvolutionLayer} for the patches, {@link SelfAttentionLayer}, {@link
 * DenseLayer}, {@link ElementWiseVertex}, {@link LastTimeStepVertex}. Two things have no stock layer and are small SameDiff layers of stock
 * ops, as DL4J's guide suggests: {@link StockTokens} and {@link StockNorm}.
 *
 * <p>Layout {@code [batch, features, tokens]}, DL4J's own. The class token stands last, where {@link LastTimeStepVertex} finds it. Differs
 * from the other contestants in this: {@link SelfAttentionLayer} has no biases, and GELU is ND4J's x·sigmoid(1.702·x).
 */
final class StockDl4jVit {

    private StockDl4jVit() {}

    static ComputationGraph build(VitShape shape, IUpdater updater) {
        int features = shape.features();
        GraphBuilder graph = new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(updater)
                .weightInit(WeightInit.XAVIER)
                .graphBuilder()
                .addInputs("image")
                .addLayer(
                        "patches",
                        new ConvolutionLayer.Builder(VitShape.PATCH, VitShape.PATCH)
                                .stride(VitShape.PATCH, VitShape.PATCH)
                                .nIn(BenchModel.CHANNELS)
                                .nOut(features)
                                .activation(Activation.IDENTITY)
                                .build(),
                        "image")
                .addLayer("embedding", new StockTokens(features, shape.tokens()), "patches");
        String last = "embedding";
        for (int i = 0; i < shape.depth(); i++) {
            last = block(graph, shape, last, "block" + i + "-");
        }
        graph.addVertex("pooling", new LastTimeStepVertex("image"), last)
                .addLayer("norm", new StockNorm(features), "pooling")
                .addLayer(
                        "output",
                        new OutputLayer.Builder(LossFunction.MCXENT)
                                .nOut(BenchModel.CLASSES)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        "norm")
                .setOutputs("output")
                .setInputTypes(InputType.convolutional(shape.image(), shape.image(), BenchModel.CHANNELS));
        ComputationGraph net = new ComputationGraph(graph.build());
        net.init();
        return net;
    }

    private static String block(GraphBuilder graph, VitShape shape, String x, String name) {
        int features = shape.features();
        graph.addLayer(name + "norm1", new StockNorm(features), x)
                .addLayer(
                        name + "attention",
                        new SelfAttentionLayer.Builder()
                                .nIn(features)
                                .nOut(features)
                                .nHeads(shape.heads())
                                .projectInput(true)
                                .build(),
                        name + "norm1")
                .addVertex(name + "sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), x, name + "attention")
                .addLayer(name + "norm2", new StockNorm(features), name + "sum")
                .addLayer(name + "fc1", dense(4 * features, Activation.GELU), name + "norm2")
                .addLayer(name + "fc2", dense(features, Activation.IDENTITY), name + "fc1")
                .addVertex(name + "tokens", new PreprocessorVertex(new FeedForwardToRnnPreProcessor()), name + "fc2")
                .addVertex(
                        name + "out", new ElementWiseVertex(ElementWiseVertex.Op.Add), name + "sum", name + "tokens");
        return name + "out";
    }

    private static DenseLayer dense(int out, Activation activation) {
        return new DenseLayer.Builder().nOut(out).activation(activation).build();
    }
}
