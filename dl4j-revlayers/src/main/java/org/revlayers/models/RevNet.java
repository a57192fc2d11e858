package org.revlayers.models;

import lombok.Builder;
import lombok.Getter;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.SubBlock;
import org.revlayers.internal.layers.ChannelSubset;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;

/**
 * The reversible residual network (RevNet, Gomez et al., arXiv 1707.04585); RevNet-104 if nothing is set.
 *
 * <pre>
 *   y₁ = x₁ + F(x₂)      y₂ = x₂ + G(y₁)      x = [x₁, x₂], halves of the channels
 *   F, G: BN, ReLU, 1×1 to w/2;  BN, ReLU, 3×3;  BN, ReLU, 1×1 to 2·w       w: filters of the stage; x has 4·w channels
 * </pre>
 *
 * <p>The first unit of a stage changes the shape, so it cannot be inverted: there x₁ and x₂ go through 1×1 convolutions, of stride 2 but in the first stage
 * (the paper's code pools and pads instead). The others of a stage are one {@link ReversibleChain} with the vertex name {@code stage1} … {@code stage4}: exact
 * integer streams, nothing kept but the end of the stage; each sub-block may have another {@link SubBlock#mode}, which {@code MemoryPlanner} chooses.
 *
 * <p>Input {@code [mb, 3, height, width]}; output class probabilities {@code [mb, classes]}.
 *
 * @since 0.1.0
 */
@Getter
@Builder
public class RevNet {

    private static final int BOTTLENECK = 4;

    /** Units of each stage, the first one, which is not reversible, included. */
    @Builder.Default
    private int[] units = {2, 2, 11, 2};

    /** Channels of the first convolution, then w of each stage: multiples of 2. */
    @Builder.Default
    private int[] filters = {128, 128, 256, 512, 832};

    @Builder.Default
    private int classes = 1000;

    /** Side of the images that the configuration is made for. */
    @Builder.Default
    private int imageSize = 224;

    @Builder.Default
    private IUpdater updater = new Nesterovs(0.1, 0.9);

    @Builder.Default
    private long seed = 1;

    @Builder.Default
    private DataType dataType = DataType.FLOAT;

    /**
     * The configuration, with input {@code image}.
     *
     * @throws IllegalArgumentException unless there is one more number of filters than of units, all of them even, and each stage has a unit
     */
    public ComputationGraphConfiguration graphConf() {
        check();
        GraphBuilder graph = ImageGraph.of(imageSize, updater, dataType, seed);
        graph.addLayer("conv1", convolution(filters[0], 7, 2), "image")
                .addLayer("bn1", new BatchNormalization(), "conv1")
                .addLayer("act1", relu(), "bn1")
                .addLayer(
                        "pool1",
                        new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                                .kernelSize(3, 3)
                                .stride(2, 2)
                                .padding(1, 1)
                                .build(),
                        "act1");
        String at = "pool1";
        int channels = filters[0];
        for (int stage = 1; stage <= units.length; stage++) {
            at = first(graph, at, "down" + stage, channels, filters[stage], stage == 1 ? 1 : 2);
            channels = BOTTLENECK * filters[stage];
            if (units[stage - 1] > 1) {
                graph.addLayer("stage" + stage, chain(units[stage - 1] - 1, filters[stage]), at);
                at = "stage" + stage;
            }
        }
        return graph.addLayer("bn2", new BatchNormalization(), at)
                .addLayer("act2", relu(), "bn2")
                .addLayer("pooling", new GlobalPoolingLayer(PoolingType.AVG), "act2")
                .addLayer(
                        "output",
                        new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                                .nOut(classes)
                                .activation(Activation.SOFTMAX)
                                .weightInit(WeightInit.XAVIER)
                                .build(),
                        "pooling")
                .setOutputs("output")
                .build();
    }

    /** A network with fresh weights. */
    public ComputationGraph init() {
        ComputationGraph net = new ComputationGraph(graphConf());
        net.init();
        return net;
    }

    private void check() {
        boolean fit = units.length > 0 && filters.length == units.length + 1;
        for (int i = 0; fit && i < units.length; i++) {
            fit = units[i] > 0
                    && filters[i] > 0
                    && filters[i] % 2 == 0
                    && filters[i + 1] > 0
                    && filters[i + 1] % 2 == 0;
        }
        if (!fit) {
            throw new IllegalArgumentException(
                    "a RevNet has one unit or more a stage, and even numbers of filters, one more than stages; got units "
                            + java.util.Arrays.toString(units) + " and filters " + java.util.Arrays.toString(filters)
                            + ": units {2, 2, 11, 2} and filters {128, 128, 256, 512, 832} are RevNet-104");
        }
    }

    private static ConvolutionLayer convolution(int out, int kernel, int stride) {
        return new ConvolutionLayer.Builder(kernel, kernel)
                .stride(stride, stride)
                .padding(kernel / 2, kernel / 2)
                .nOut(out)
                .hasBias(false)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static ActivationLayer relu() {
        return new ActivationLayer(Activation.RELU);
    }

    /** F or G. */
    private static Layer[] function(int width, int stride) {
        Layer[] layers = {
            new BatchNormalization(),
            relu(),
            convolution(width / 2, 1, stride),
            new BatchNormalization(),
            relu(),
            convolution(width / 2, 3, 1),
            new BatchNormalization(),
            relu(),
            convolution(2 * width, 1, 1)
        };
        String[] names = {"bna", "acta", "conva", "bnb", "actb", "convb", "bnc", "actc", "convc"};
        for (int i = 0; i < layers.length; i++) {
            layers[i].setLayerName(names[i]);
        }
        return layers;
    }

    private static ReversibleChain chain(int pairs, int width) {
        ReversibleChain.Builder chain =
                new ReversibleChain.Builder().start(StreamStart.SPLIT).merge(StreamMerge.CONCAT);
        for (int i = 1; i <= pairs; i++) {
            chain.subBlock(SubBlock.of("f" + i, function(width, 1)));
            chain.subBlock(SubBlock.of("g" + i, function(width, 1)));
        }
        return chain.build();
    }

    /** The unit that changes the shape, of vertices of the graph; gives the name of what is behind it. */
    private static String first(GraphBuilder graph, String from, String name, int channels, int width, int stride) {
        graph.addVertex(name + "_x1", new ChannelSubset(0, channels / 2 - 1), from);
        graph.addVertex(name + "_x2", new ChannelSubset(channels / 2, channels - 1), from);
        String f = path(graph, name + "_f", name + "_x2", width, stride);
        graph.addLayer(name + "_short1", convolution(2 * width, 1, stride), name + "_x1");
        graph.addVertex(name + "_y1", new ElementWiseVertex(ElementWiseVertex.Op.Add), f, name + "_short1");
        String g = path(graph, name + "_g", name + "_y1", width, 1);
        graph.addLayer(name + "_short2", convolution(2 * width, 1, stride), name + "_x2");
        graph.addVertex(name + "_y2", new ElementWiseVertex(ElementWiseVertex.Op.Add), g, name + "_short2");
        graph.addVertex(name, new MergeVertex(), name + "_y1", name + "_y2");
        return name;
    }

    private static String path(GraphBuilder graph, String name, String from, int width, int stride) {
        String at = from;
        for (Layer layer : function(width, stride)) {
            String own = name + "_" + layer.getLayerName();
            graph.addLayer(own, layer, at);
            at = own;
        }
        return at;
    }
}
