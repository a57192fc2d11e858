import java.nio.file.*;
import java.util.*;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.*;
import org.deeplearning4j.nn.conf.graph.*;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.*;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.autodiff.samediff.*;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.*;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.*;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.revlayers.*;
import org.revlayers.chain.*;
import org.revlayers.container.*;
import org.revlayers.convert.*;
import org.revlayers.function.*;
import org.revlayers.graph.*;
import org.revlayers.keep.*;
import org.revlayers.layers.*;
import org.revlayers.listeners.*;
import org.revlayers.memory.*;
import org.revlayers.models.*;
import org.revlayers.op.RevOps;
import org.revlayers.plan.*;
import org.revlayers.reversible.*;
import org.revlayers.text.*;
import org.revlayers.training.*;
import org.revlayers.weights.*;

// What a reader has: a small vision transformer, a small residual network, and a batch for each
MultiLayerNetwork smallVit() {
    return VisionTransformer.builder().features(32).heads(4).mlp(64).depth(4).height(32).width(32).patch(8).classes(10)
        .updater(new Adam(1e-3)).seed(1).build().init();
}
ComputationGraph smallResNet() {
    var graph = new NeuralNetConfiguration.Builder().seed(1).updater(new Adam(1e-3)).graphBuilder().addInputs("in")
        .setInputTypes(InputType.convolutional(16, 16, 3))
        .addLayer("conv1", new ConvolutionLayer.Builder(3, 3).nOut(8).convolutionMode(ConvolutionMode.Same).build(), "in");
    String last = "conv1";
    for (int i = 0; i < 3; i++) {
        graph.addLayer("conv" + i + "a", new ConvolutionLayer.Builder(3, 3).nOut(8).convolutionMode(ConvolutionMode.Same).hasBias(false).activation(Activation.IDENTITY).build(), last)
            .addLayer("bn" + i + "a", new BatchNormalization(), "conv" + i + "a")
            .addLayer("relu" + i + "a", new ActivationLayer(Activation.RELU), "bn" + i + "a")
            .addLayer("conv" + i + "b", new ConvolutionLayer.Builder(3, 3).nOut(8).convolutionMode(ConvolutionMode.Same).hasBias(false).activation(Activation.IDENTITY).build(), "relu" + i + "a")
            .addLayer("bn" + i + "b", new BatchNormalization(), "conv" + i + "b")
            .addVertex("add" + i, new ElementWiseVertex(ElementWiseVertex.Op.Add), "bn" + i + "b", last)
            .addLayer("relu" + i, new ActivationLayer(Activation.RELU), "add" + i);
        last = "relu" + i;
    }
    var net = new ComputationGraph(graph.addLayer("pool", new GlobalPoolingLayer(PoolingType.AVG), last)
        .addLayer("out", new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT).nOut(10).activation(Activation.SOFTMAX).build(), "pool")
        .setOutputs("out").build());
    net.init();
    return net;
}
DataSet pictures(int count, int size) {
    var random = new Random(1);
    float[] pixels = new float[count * 3 * size * size];
    for (int i = 0; i < pixels.length; i++) pixels[i] = (float) random.nextGaussian();
    INDArray labels = Nd4j.zeros(count, 10);
    for (int i = 0; i < count; i++) labels.putScalar(i, i % 10, 1);
    return new DataSet(Nd4j.createFromArray(pixels).reshape(count, 3, size, size), labels);
}
