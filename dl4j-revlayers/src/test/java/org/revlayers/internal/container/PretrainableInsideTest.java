package org.revlayers.internal.container;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.variational.VariationalAutoencoder;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.layers.Compare;

/** Layers whose parameters are more than forward reads: those of their decoder lie behind. */
class PretrainableInsideTest {

    static Stream<Named<Supplier<Layer>>> layers() {
        return Stream.of(
                Named.of("variational autoencoder", () -> new VariationalAutoencoder.Builder()
                        .nOut(4)
                        .encoderLayerSizes(5)
                        .decoderLayerSizes(5)
                        .build()),
                Named.of("autoencoder", () -> new AutoEncoder.Builder()
                        .nOut(4)
                        .corruptionLevel(0)
                        .build()));
    }

    private static Layer dense() {
        return new DenseLayer.Builder().nOut(4).build();
    }

    private static MultiLayerNetwork net(Layer... layers) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(7)
                .dataType(DataType.DOUBLE)
                .updater(new Sgd(0.1))
                .activation(Activation.TANH)
                .list();
        for (Layer layer : layers) {
            list.layer(layer);
        }
        list.layer(
                new OutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build());
        MultiLayerNetwork net = new MultiLayerNetwork(
                list.setInputType(InputType.feedForward(6)).build());
        net.init();
        return net;
    }

    @ParameterizedTest
    @MethodSource("layers")
    void trainsAsItDoesOutside(Supplier<Layer> layer) {
        MultiLayerNetwork plain = net(layer.get(), dense());
        MultiLayerNetwork ours = net(
                new CheckpointSequence.Builder().layers(layer.get(), dense()).build());
        assertEquals(plain.numParams(), ours.numParams());
        ours.setParams(plain.params().dup());
        INDArray x = Nd4j.linspace(DataType.DOUBLE, -1, 0.1, 18).reshape(3, 6);
        Compare.near(plain.output(x), ours.output(x), 1e-12, "output");
        DataSet batch = new DataSet(x, Nd4j.createFromArray(new double[][] {{1, 0}, {0, 1}, {1, 0}}));
        for (int step = 0; step < 3; step++) {
            plain.fit(batch);
            ours.fit(batch);
        }
        Compare.near(plain.params(), ours.params(), 1e-12, "parameters after training");
    }
}
