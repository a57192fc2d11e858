package org.revlayers.matrix;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Sgd;

/** Writes small networks in few words. */
final class Sketch {

    private final ComputationGraphConfiguration.GraphBuilder graph;

    Sketch(DataType type, String... inputs) {
        graph = base(type).graphBuilder().addInputs(inputs);
    }

    static NeuralNetConfiguration.Builder base(DataType type) {
        return new NeuralNetConfiguration.Builder()
                .seed(7)
                .dataType(type)
                .updater(new Sgd(0.05))
                .weightInit(WeightInit.XAVIER)
                .activation(Activation.TANH);
    }

    Sketch layer(String name, Layer layer, String... from) {
        graph.addLayer(name, layer, from);
        return this;
    }

    Sketch vertex(String name, GraphVertex vertex, String... from) {
        graph.addVertex(name, vertex, from);
        return this;
    }

    Sketch add(String name, String... from) {
        return vertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Add), from);
    }

    /** Two layers with a sum around each: s0 of c0, s1 of c1. */
    Sketch residual(String from, Layer one, Layer two) {
        return layer("c0", one, from)
                .add("s0", "c0", from)
                .layer("c1", two, "s0")
                .add("s1", "c1", "s0");
    }

    /** Convolution, norm, ReLU, convolution, norm, sum, ReLU. */
    Sketch block(String name, int channels, String from) {
        return layer(name + "a", conv(channels), from)
                .layer(name + "bna", new BatchNormalization(), name + "a")
                .layer(name + "ra", relu(), name + "bna")
                .layer(name + "b", conv(channels), name + "ra")
                .layer(name + "bnb", new BatchNormalization(), name + "b")
                .add(name + "sum", name + "bnb", from)
                .layer(name, relu(), name + "sum");
    }

    static ConvolutionLayer conv(int channels) {
        return new ConvolutionLayer.Builder(3, 3)
                .padding(1, 1)
                .nOut(channels)
                .activation(Activation.IDENTITY)
                .build();
    }

    static ActivationLayer relu() {
        return new ActivationLayer(Activation.RELU);
    }

    static DenseLayer dense(int n) {
        return new DenseLayer.Builder().nOut(n).build();
    }

    static OutputLayer out(int classes) {
        return new OutputLayer.Builder()
                .nOut(classes)
                .activation(Activation.SOFTMAX)
                .build();
    }

    /** Mean over the pixels and a classifier of four. */
    ComputationGraph pooled(String from, InputType... types) {
        return layer("pool", new GlobalPoolingLayer(PoolingType.AVG), from)
                .layer("out", out(4), "pool")
                .net(types);
    }

    ComputationGraph net(InputType... types) {
        return net(new String[] {"out"}, types);
    }

    ComputationGraph net(String[] outputs, InputType... types) {
        graph.setOutputs(outputs);
        if (types.length > 0) {
            graph.setInputTypes(types);
        }
        ComputationGraph net = new ComputationGraph(graph.build());
        net.init();
        return net;
    }

    static MultiLayerNetwork list(DataType type, InputType input, Layer... layers) {
        MultiLayerNetwork net = new MultiLayerNetwork(
                base(type).list(layers).setInputType(input).build());
        net.init();
        return net;
    }
}
