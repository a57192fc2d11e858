package org.revlayers.before.write;

import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.layers.TokenPooling;

/** The frames of the networks: small ones of one layer and a classifier. */
final class Nets {

    static final int FEATURES = 4;
    static final int TOKENS = 5;
    static final Batch ON_TOKENS = Batch.floats(TOKENS, FEATURES);
    static final InputType TOKENS_IN = InputType.recurrent(FEATURES, TOKENS, RNNFormat.NWC);

    static final int SIDE = 6;
    static final int CHANNELS = 2;
    static final Batch ON_IMAGES = Batch.floats(CHANNELS, SIDE, SIDE);
    static final InputType IMAGE_IN = InputType.convolutional(SIDE, SIDE, CHANNELS);

    private Nets() {}

    /** Without a state, which would double the files. */
    static NeuralNetConfiguration.Builder base(DataType type) {
        return new NeuralNetConfiguration.Builder()
                .seed(7)
                .dataType(type)
                .updater(new Sgd(0.1))
                .weightInit(WeightInit.XAVIER);
    }

    /** One whose state is in the file, without quotients that would make noise of nothing. */
    static IUpdater momentum() {
        return new Nesterovs(0.05, 0.9);
    }

    static MultiLayerConfiguration conf(DataType type, InputType in, Layer... layers) {
        return base(type).list(layers).setInputType(in).build();
    }

    static MultiLayerNetwork init(MultiLayerConfiguration conf) {
        MultiLayerNetwork net = new MultiLayerNetwork(conf);
        net.init();
        return net;
    }

    /** Layers on tokens, the mean of the tokens and a classifier. */
    static MultiLayerConfiguration onTokens(Layer... layers) {
        return conf(DataType.FLOAT, TOKENS_IN, with(layers, mean(), output()));
    }

    /** With momentum. */
    static MultiLayerNetwork netOnTokens(Layer... layers) {
        return init(base(DataType.FLOAT)
                .updater(momentum())
                .list(with(layers, mean(), output()))
                .setInputType(TOKENS_IN)
                .build());
    }

    static MultiLayerConfiguration onImages(Layer... layers) {
        return conf(DataType.FLOAT, IMAGE_IN, with(layers, new GlobalPoolingLayer(PoolingType.AVG), output()));
    }

    static Layer[] with(Layer[] layers, Layer... more) {
        Layer[] all = new Layer[layers.length + more.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = i < layers.length ? layers[i] : more[i - layers.length];
            if (all[i].getLayerName() == null) {
                all[i].setLayerName("l" + i);
            }
        }
        return all;
    }

    static Layer mean() {
        return new TokenPooling.Builder(TokenPooling.Kind.MEAN).build();
    }

    static OutputLayer output() {
        return new OutputLayer.Builder()
                .nOut(Batch.CLASSES)
                .activation(Activation.SOFTMAX)
                .build();
    }

    static ConvolutionLayer convolution(int channels, Activation activation) {
        return new ConvolutionLayer.Builder(3, 1)
                .nOut(channels)
                .convolutionMode(ConvolutionMode.Same)
                .activation(activation)
                .build();
    }

    static Layer relu() {
        return new ActivationLayer(Activation.RELU);
    }
}
