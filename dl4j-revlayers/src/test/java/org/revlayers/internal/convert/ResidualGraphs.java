package org.revlayers.internal.convert;

import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.convert.ConversionReport;

/** Small residual networks of both kinds, and data for them. */
final class ResidualGraphs {

    static final int SIDE = 6;
    static final int CLASSES = 3;

    private ResidualGraphs() {}

    static NeuralNetConfiguration.Builder global(DataType type) {
        return new NeuralNetConfiguration.Builder()
                .seed(3)
                .dataType(type)
                .updater(new Adam(1e-3))
                .weightInit(WeightInit.RELU)
                .convolutionMode(ConvolutionMode.Truncate);
    }

    static GraphBuilder conv(GraphBuilder g, String name, String from, int out, int kernel, int stride) {
        return g.addLayer(
                name,
                new ConvolutionLayer.Builder(kernel, kernel)
                        .stride(stride, stride)
                        .padding(kernel / 2, kernel / 2)
                        .nOut(out)
                        .build(),
                from);
    }

    static GraphBuilder norm(GraphBuilder g, String name, String from) {
        return g.addLayer(name, new BatchNormalization.Builder().build(), from);
    }

    static GraphBuilder relu(GraphBuilder g, String name, String from) {
        return g.addLayer(name, new ActivationLayer(Activation.RELU), from);
    }

    static GraphBuilder add(GraphBuilder g, String name, String a, String b) {
        return g.addVertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Add), a, b);
    }

    /** conv-BN-ReLU-conv-BN, plus the input or its projection, ReLU; returns the output's name. */
    static String v1(GraphBuilder g, String name, String from, int width, int stride, boolean projection) {
        conv(g, name + "_conv1", from, width, 3, stride);
        norm(g, name + "_bn1", name + "_conv1");
        relu(g, name + "_relu1", name + "_bn1");
        conv(g, name + "_conv2", name + "_relu1", width, 3, 1);
        norm(g, name + "_bn2", name + "_conv2");
        String shortcut = from;
        if (projection) {
            conv(g, name + "_short", from, width, 1, stride);
            norm(g, name + "_shortbn", name + "_short");
            shortcut = name + "_shortbn";
        }
        add(g, name + "_add", name + "_bn2", shortcut);
        relu(g, name + "_out", name + "_add");
        return name + "_out";
    }

    /** BN-ReLU-conv-BN-ReLU-conv, plus the input; the shortcut comes first. */
    static String v2(GraphBuilder g, String name, String from, int width) {
        norm(g, name + ".bn1", from);
        relu(g, name + ".relu1", name + ".bn1");
        conv(g, name + ".conv1", name + ".relu1", width, 3, 1);
        norm(g, name + ".bn2", name + ".conv1");
        relu(g, name + ".relu2", name + ".bn2");
        conv(g, name + ".conv2", name + ".relu2", width, 3, 1);
        add(g, name, from, name + ".conv2");
        return name;
    }

    static ComputationGraph finish(GraphBuilder g, String from) {
        ComputationGraph net = new ComputationGraph(g.addLayer("pool", new GlobalPoolingLayer(PoolingType.AVG), from)
                .addLayer(
                        "output",
                        new OutputLayer.Builder()
                                .nOut(CLASSES)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        "pool")
                .setOutputs("output")
                .build());
        net.init();
        return net;
    }

    static GraphBuilder begin(NeuralNetConfiguration.Builder global) {
        GraphBuilder g = global.graphBuilder().addInputs("image").setInputTypes(InputType.convolutional(SIDE, SIDE, 2));
        conv(g, "stem_conv", "image", 4, 3, 1);
        return g;
    }

    /** Two stages of a projection and two identity blocks each, ReLU behind the additions. */
    static ComputationGraph v1(NeuralNetConfiguration.Builder global) {
        GraphBuilder g = begin(global);
        norm(g, "stem_bn", "stem_conv");
        relu(g, "stem_relu", "stem_bn");
        String at = v1(g, "s1_a", "stem_relu", 4, 1, true);
        at = v1(g, "s1_b", at, 4, 1, false);
        at = v1(g, "s1_c", at, 4, 1, false);
        at = v1(g, "s2_a", at, 6, 2, true);
        at = v1(g, "s2_b", at, 6, 1, false);
        at = v1(g, "s2_c", at, 6, 1, false);
        return finish(g, at);
    }

    /** Three pre-activation blocks, BN and ReLU behind the last. */
    static ComputationGraph v2(NeuralNetConfiguration.Builder global) {
        GraphBuilder g = begin(global);
        String at = v2(g, "pre1", "stem_conv", 4);
        at = v2(g, "pre2", at, 4);
        at = v2(g, "pre3", at, 4);
        norm(g, "last_bn", at);
        relu(g, "last_relu", "last_bn");
        return finish(g, "last_relu");
    }

    static ComputationGraph net(boolean preActivation, NeuralNetConfiguration.Builder global) {
        return preActivation ? v2(global) : v1(global);
    }

    static DataSet data(DataType type, int batch) {
        INDArray x = Transforms.sin(Nd4j.linspace(DataType.DOUBLE, 0, 97.3, (long) batch * 2 * SIDE * SIDE))
                .reshape('c', batch, 2, SIDE, SIDE)
                .castTo(type);
        INDArray y = Nd4j.zeros(type, batch, CLASSES);
        for (int i = 0; i < batch; i++) {
            y.putScalar(i, i % CLASSES, 1);
        }
        return new DataSet(x, y);
    }

    /** These layers on {@link #data}'s images, with a softmax behind them. */
    static MultiLayerNetwork network(DataType type, Layer... layers) {
        NeuralNetConfiguration.ListBuilder list = global(type).list();
        List.of(layers).forEach(list::layer);
        MultiLayerNetwork net = new MultiLayerNetwork(list.layer(new OutputLayer.Builder()
                        .nOut(CLASSES)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.convolutional(SIDE, SIDE, 2))
                .build());
        net.init();
        return net;
    }

    /** What was left of the blocks that there are; not layers that are in none. */
    static List<ConversionReport.Left> leftOfBlocks(ConversionReport report) {
        return report.left().stream()
                .filter(left -> !left.reason().equals(Chooser.IN_NO_ROW))
                .toList();
    }
}
