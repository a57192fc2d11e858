package org.revlayers.models;

import lombok.Builder;
import lombok.Getter;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.revlayers.internal.weights.KerasResNet50;

/**
 * ResNet-50 (arXiv 1512.03385) of stock layers, in the form of Keras's first one: bottleneck blocks with stride 2 on their first 1×1
 * convolution, batch normalisation with eps 1e-3, ReLU behind the addition.
 *
 * <p>Vertices: {@code conv1}, {@code bn_conv1}, {@code act_conv1}, {@code pool1}; of a block such as 2b {@code res2b_branch2a},
 * {@code bn2b_branch2a}, {@code act2b_branch2a}, … , {@code short2b_branch} (the addition) and {@code res2b_branch} (ReLU behind it), as in
 * DL4J's zoo; {@code avg_pool}, {@code output}. The zoo's own ResNet50 takes stride 2 in stage 2 too, does not pad the pooling and has
 * another eps: it does not compute what Keras's weights were trained for.
 *
 * <p>Input {@code [mb, 3, height, width]} as {@link #preprocess} gives it, any size from 33 px; output class probabilities {@code [mb,
 * classes]}.
 *
 * <pre>{@code
 * ComputationGraph net = ResNet50.builder().classes(10).build().init();
 * ComputationGraph reversible = Lean.convert(net, Memory.reversible()).network();
 * }</pre>
 *
 * @since 0.1.0
 */
@Getter
@Builder
public class ResNet50 {

    /** Pixels of an image's smallest side: the last stage's map has one pixel then. */
    public static final int SMALLEST = 33;

    private static final int[] BLOCKS = {3, 4, 6, 3};
    private static final int[] WIDTHS = {64, 128, 256, 512};
    private static final int EXPANSION = 4;

    /** ImageNet's means in the order blue, green, red. */
    private static final float[] MEANS = {103.939f, 116.779f, 123.68f};

    @Builder.Default
    private int classes = KerasResNet50.CLASSES;

    /** Side of the images that the configuration is made for; others work too. */
    @Builder.Default
    private int imageSize = 224;

    @Builder.Default
    private double normEps = KerasResNet50.EPS;

    /** Share of the old running statistics that a step keeps. */
    @Builder.Default
    private double normDecay = 0.99;

    @Builder.Default
    private IUpdater updater = new Nesterovs(0.01, 0.9);

    /** Of the output layer; null for the same as everywhere. A fresh head behind pretrained layers wants a higher rate than they do. */
    private @Nullable IUpdater headUpdater;

    /** First weights of the output layer. */
    @Builder.Default
    private WeightInit headInit = WeightInit.XAVIER;

    @Builder.Default
    private long seed = 1;

    @Builder.Default
    private DataType dataType = DataType.FLOAT;

    /**
     * What the weights expect: blue, green, red, minus their means.
     *
     * @param rgb {@code [mb, 3, height, width]}, red first, 0 to 255
     */
    public static INDArray preprocess(INDArray rgb) {
        INDArray out = Nd4j.createUninitialized(DataType.FLOAT, rgb.shape(), 'c');
        for (int i = 0; i < MEANS.length; i++) {
            INDArray from = rgb.get(NDArrayIndex.all(), NDArrayIndex.point(MEANS.length - 1 - i));
            out.get(NDArrayIndex.all(), NDArrayIndex.point(i)).assign(from.sub(MEANS[i]));
        }
        return out;
    }

    /** The configuration, with input {@code image}. */
    public ComputationGraphConfiguration graphConf() {
        GraphBuilder graph = ImageGraph.of(imageSize, updater, dataType, seed);
        convolution(graph, "conv1", "image", 7, 2, WIDTHS[0]);
        norm(graph, "bn_conv1", "conv1");
        relu(graph, "act_conv1", "bn_conv1");
        graph.addLayer(
                "pool1",
                new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                        .kernelSize(3, 3)
                        .stride(2, 2)
                        .padding(1, 1)
                        .build(),
                "act_conv1");
        String at = "pool1";
        for (int stage = 0; stage < BLOCKS.length; stage++) {
            for (int block = 0; block < BLOCKS[stage]; block++) {
                int stride = block == 0 && stage > 0 ? 2 : 1;
                at = block(
                        graph,
                        at,
                        (stage + 2) + String.valueOf((char) ('a' + block)),
                        WIDTHS[stage],
                        stride,
                        block == 0);
            }
        }
        return graph.addLayer("avg_pool", new GlobalPoolingLayer(PoolingType.AVG), at)
                .addLayer(
                        "output",
                        new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                                .nOut(classes)
                                .weightInit(headInit)
                                .updater(headUpdater)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        "avg_pool")
                .setOutputs("output")
                .build();
    }

    /** Adds a bottleneck block and returns the name of its output. */
    private String block(GraphBuilder graph, String from, String name, int width, int stride, boolean projection) {
        String end = "_branch";
        String[] parts = {"2a", "2b", "2c"};
        int[] kernels = {1, 3, 1};
        int[] widths = {width, width, EXPANSION * width};
        String at = from;
        for (int i = 0; i < parts.length; i++) {
            String part = name + end + parts[i];
            convolution(graph, "res" + part, at, kernels[i], i == 0 ? stride : 1, widths[i]);
            norm(graph, "bn" + part, "res" + part);
            at = "bn" + part;
            if (i < parts.length - 1) {
                relu(graph, "act" + part, at);
                at = "act" + part;
            }
        }
        String shortcut = from;
        if (projection) {
            convolution(graph, "res" + name + end + "1", from, 1, stride, EXPANSION * width);
            norm(graph, "bn" + name + end + "1", "res" + name + end + "1");
            shortcut = "bn" + name + end + "1";
        }
        graph.addVertex("short" + name + end, new ElementWiseVertex(ElementWiseVertex.Op.Add), at, shortcut);
        relu(graph, "res" + name + end, "short" + name + end);
        return "res" + name + end;
    }

    private static void convolution(GraphBuilder graph, String name, String from, int kernel, int stride, int out) {
        graph.addLayer(
                name,
                new ConvolutionLayer.Builder(kernel, kernel)
                        .stride(stride, stride)
                        .padding(kernel / 2, kernel / 2)
                        .nOut(out)
                        .activation(Activation.IDENTITY)
                        .build(),
                from);
    }

    private void norm(GraphBuilder graph, String name, String from) {
        graph.addLayer(
                name,
                new BatchNormalization.Builder()
                        .eps(normEps)
                        .decay(normDecay)
                        .useLogStd(false)
                        .activation(Activation.IDENTITY)
                        .build(),
                from);
    }

    private static void relu(GraphBuilder graph, String name, String from) {
        graph.addLayer(name, new ActivationLayer(Activation.RELU), from);
    }

    /** A graph with random weights. */
    public ComputationGraph init() {
        ComputationGraph graph = new ComputationGraph(graphConf());
        graph.init();
        return graph;
    }
}
