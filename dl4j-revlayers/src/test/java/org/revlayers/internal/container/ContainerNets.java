package org.revlayers.internal.container;

import java.util.List;
import java.util.function.Consumer;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.container.ResidualUnit;

/** A small residual network of images in containers, and data for it: odd sizes throughout. */
public final class ContainerNets {

    public static final int CHANNELS = 3;
    public static final int HEIGHT = 9;
    public static final int WIDTH = 7;
    public static final int CLASSES = 3;

    private ContainerNets() {}

    public static Layer convolution(String name, int channels, int kernel, int stride) {
        return new ConvolutionLayer.Builder(kernel, kernel)
                .name(name)
                .stride(stride, stride)
                .nOut(channels)
                .hasBias(kernel == 1)
                .convolutionMode(ConvolutionMode.Same)
                .activation(Activation.IDENTITY)
                .build();
    }

    public static Layer norm() {
        return new BatchNormalization();
    }

    public static Layer relu() {
        return new ActivationLayer(Activation.RELU);
    }

    public static Layer pooling() {
        return new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX, new int[] {3, 3}, new int[] {2, 2})
                .build();
    }

    public static ResidualUnit projection() {
        return new ResidualUnit.Builder()
                .name("projection")
                .main(
                        convolution("a", 4, 1, 1),
                        norm(),
                        relu(),
                        convolution("b", 4, 3, 2),
                        norm(),
                        new ActivationLayer(Activation.GELU),
                        convolution("c", 6, 1, 1),
                        norm())
                .shortcut(convolution("d", 6, 1, 2), norm())
                .after(relu())
                .build();
    }

    public static ResidualUnit identity(Layer... after) {
        return new ResidualUnit.Builder()
                .name("identity")
                .main(convolution("e", 5, 3, 1), norm(), relu(), convolution("f", 6, 1, 1), norm())
                .after(after)
                .build();
    }

    /** Stem, projection block, identity block, head. */
    public static Layer[] layers() {
        return new Layer[] {
            convolution("stem", 5, 3, 1),
            norm(),
            relu(),
            pooling(),
            projection(),
            identity(relu()),
            new DropoutLayer(0.8),
            convolution("head", 4, 1, 1),
            new ActivationLayer(Activation.SWISH)
        };
    }

    public static RazorSequence razor() {
        return new RazorSequence.Builder().name("sequence").layers(layers()).build();
    }

    public static CheckpointSequence checkpoint() {
        return new CheckpointSequence.Builder()
                .name("sequence")
                .layers(layers())
                .build();
    }

    public static MultiLayerNetwork net(
            DataType type, Consumer<NeuralNetConfiguration.Builder> options, Layer... layers) {
        NeuralNetConfiguration.Builder base = new NeuralNetConfiguration.Builder()
                .seed(3)
                .dataType(type)
                .updater(new Adam(1e-2))
                .weightInit(WeightInit.RELU);
        options.accept(base);
        NeuralNetConfiguration.ListBuilder list = base.list();
        List.of(layers).forEach(list::layer);
        MultiLayerNetwork net = new MultiLayerNetwork(list.layer(new GlobalPoolingLayer(PoolingType.AVG))
                .layer(new OutputLayer.Builder()
                        .nOut(CLASSES)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.convolutional(HEIGHT, WIDTH, CHANNELS))
                .build());
        net.init();
        return net;
    }

    public static MultiLayerNetwork net(DataType type, Layer... layers) {
        return net(type, o -> {}, layers);
    }

    /** The container of a network. */
    public static RazorSequence razorOf(MultiLayerNetwork net) {
        return (RazorSequence) net.getLayer(0).conf().getLayer();
    }

    public static DataSet data(DataType type, int batch, int seed) {
        INDArray x = Transforms.sin(
                        Nd4j.linspace(DataType.DOUBLE, seed, seed + 177.7, (long) batch * CHANNELS * HEIGHT * WIDTH))
                .reshape('c', batch, CHANNELS, HEIGHT, WIDTH)
                .castTo(type);
        INDArray y = Nd4j.zeros(type, batch, CLASSES);
        for (int i = 0; i < batch; i++) {
            y.putScalar(i, (i + seed) % CLASSES, 1);
        }
        return new DataSet(x, y);
    }

    public static INDArray gradient(MultiLayerNetwork net, DataSet data) {
        net.setInput(data.getFeatures());
        net.setLabels(data.getLabels());
        net.computeGradientAndScore();
        return net.getFlattenedGradients().dup();
    }
}
