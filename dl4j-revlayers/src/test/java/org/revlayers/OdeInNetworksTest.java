package org.revlayers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.chain.ReversibleOde;
import org.revlayers.keep.Memory;

/** Conversions and plans take a network that has an ODE in it, and leave the ODE what it is. */
class OdeInNetworksTest {

    private static final int SIDE = 16;
    private static final int BATCH = 4;

    private static Layer convolution(int channels, Activation activation) {
        return new ConvolutionLayer.Builder(3, 3)
                .nOut(channels)
                .convolutionMode(ConvolutionMode.Same)
                .activation(activation)
                .build();
    }

    private static MultiLayerNetwork net() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(7)
                .updater(new Sgd(0.1))
                .list()
                .layer(convolution(8, Activation.RELU))
                .layer(convolution(8, Activation.TANH))
                .layer(new ReversibleOde.Builder()
                        .name("ode")
                        .layers(convolution(6, Activation.TANH), convolution(8, Activation.IDENTITY))
                        .timeChannel(true)
                        .build())
                .layer(convolution(8, Activation.GELU))
                .layer(convolution(8, Activation.RELU))
                .layer(new GlobalPoolingLayer())
                .layer(new OutputLayer.Builder().nOut(2).build())
                .setInputType(InputType.convolutional(SIDE, SIDE, 3))
                .build());
        net.init();
        return net;
    }

    private static DataSet data() {
        INDArray x = Transforms.sin(Nd4j.linspace(DataType.FLOAT, 0, 0.37, BATCH * 3L * SIDE * SIDE))
                .reshape('c', BATCH, 3, SIDE, SIDE);
        INDArray labels = Nd4j.zeros(BATCH, 2);
        for (int i = 0; i < BATCH; i++) {
            labels.putScalar(i, i % 2, 1);
        }
        return new DataSet(x, labels);
    }

    static Stream<Memory> conversions() {
        return Stream.of(Memory.checkpoint(), Memory.razor(0.5));
    }

    @ParameterizedTest
    @MethodSource("conversions")
    void conversionsKeepItsFunction(Memory memory) {
        MultiLayerNetwork net = net();
        INDArray expected = net.output(data().getFeatures());
        MultiLayerNetwork lean = Lean.convert(net, memory).network();
        assertTrue(lean.getnLayers() < net.getnLayers(), "some layers are in a sequence");
        assertTrue(expected.equalsWithEps(lean.output(data().getFeatures()), 1e-5), "output");
        lean.fit(data());
        assertTrue(Double.isFinite(lean.score()));
    }

    @Test
    void plansPredictItsPeak() {
        MultiLayerNetwork net = net();
        MemoryPlan plan = MemoryPlanner.of(net, data()).budget("95%").solve();
        MultiLayerNetwork lean = plan.apply();
        long peak = PlannedVit.measured(lean, data());
        assertTrue(peak <= plan.peakBytes() && peak >= 0.9 * plan.peakBytes(), peak + " measured of " + plan);
        MultiLayerNetwork plain = net();
        plain.fit(data());
        MultiLayerNetwork planned = MemoryPlan.ofJson(plan.toJson()).apply(net());
        planned.fit(data());
        assertEquals(plain.score(), planned.score(), 1e-5);
    }
}
