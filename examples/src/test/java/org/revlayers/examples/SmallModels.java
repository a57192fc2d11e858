package org.revlayers.examples;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
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
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.revlayers.models.TextEncoder;
import org.revlayers.models.VisionTransformer;

/** Networks of a size for tests. */
public final class SmallModels {

    private SmallModels() {}

    /** Three transformer blocks on images of 32 pixels. */
    public static MultiLayerNetwork vit() {
        return vit(16, 3);
    }

    /** So many, of so many features. */
    static MultiLayerNetwork vit(int features, int depth) {
        return VisionTransformer.builder()
                .features(features)
                .heads(2)
                .depth(depth)
                .height(32)
                .width(32)
                .classes(4)
                .updater(new Adam(1e-3))
                .build()
                .init();
    }

    /** Two transformer blocks on 8 of 50 words. */
    static MultiLayerNetwork encoder() {
        return TextEncoder.builder()
                .vocabulary(50)
                .positions(12)
                .tokens(8)
                .features(16)
                .depth(2)
                .heads(2)
                .mlp(32)
                .classes(3)
                .build()
                .init();
    }

    /** Convolution and batch normalisation, three residual blocks of convolution and batch normalisation, mean over the image, softmax. */
    public static ComputationGraph residual(long side, int classes, long seed, IUpdater updater) {
        GraphBuilder g = blocks(side, CNN2DFormat.NCHW, seed, updater);
        g.addLayer("pool", new GlobalPoolingLayer(PoolingType.AVG), "out2");
        return finished(g, "pool", classes);
    }

    /** The same with a softmax that reads every pixel, which fixes the size of images. */
    static ComputationGraph flattened(long side) {
        return finished(blocks(side, CNN2DFormat.NCHW, 3, new Adam(1e-3)), "out2", 3);
    }

    /** The same as {@link #residual} with channels last. */
    static ComputationGraph channelsLast(long side) {
        GraphBuilder g = blocks(side, CNN2DFormat.NHWC, 3, new Adam(1e-3));
        g.addLayer("pool", new GlobalPoolingLayer.Builder(PoolingType.AVG).build(), "out2");
        return finished(g, "pool", 3);
    }

    private static GraphBuilder blocks(long side, CNN2DFormat format, long seed, IUpdater updater) {
        GraphBuilder g = new NeuralNetConfiguration.Builder()
                .seed(seed)
                .updater(updater)
                .weightInit(WeightInit.RELU)
                .graphBuilder()
                .addInputs("image")
                .setInputTypes(InputType.convolutional(side, side, 2, format))
                .addLayer("stem", convolution(format), "image")
                .addLayer("norm", new BatchNormalization.Builder().build(), "stem");
        String at = "norm";
        for (int i = 0; i < 3; i++) {
            g.addLayer("convolution" + i, convolution(format), at)
                    .addLayer("norm" + i, new BatchNormalization.Builder().build(), "convolution" + i)
                    .addVertex("add" + i, new ElementWiseVertex(ElementWiseVertex.Op.Add), "norm" + i, at)
                    .addLayer("out" + i, new ActivationLayer(Activation.RELU), "add" + i);
            at = "out" + i;
        }
        return g;
    }

    private static ConvolutionLayer convolution(CNN2DFormat format) {
        return new ConvolutionLayer.Builder(3, 3)
                .nOut(4)
                .convolutionMode(ConvolutionMode.Same)
                .dataFormat(format)
                .build();
    }

    private static ComputationGraph finished(GraphBuilder g, String from, int classes) {
        ComputationGraph net = new ComputationGraph(g.addLayer(
                        "output",
                        new OutputLayer.Builder()
                                .nOut(classes)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        from)
                .setOutputs("output")
                .build());
        net.init();
        return net;
    }
}
