package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.function.InPlaceFunction;
import org.revlayers.keep.Memory;

/** {@link InPlaceBatchNorm} with statistics of the batch in a network, beside DL4J's layers; frozen ones are under contract. */
class InPlaceBatchNormTest {

    private static final double SLOPE = 0.2;

    private static MultiLayerNetwork net(DataType type, Layer... norm) {
        List<Layer> layers = new ArrayList<>(List.of(convolution("conv1")));
        layers.addAll(List.of(norm));
        layers.add(new ActivationLayer(Activation.RELU)); // in place, where it may
        layers.add(convolution("conv2"));
        layers.add(new GlobalPoolingLayer.Builder(PoolingType.AVG).name("pool").build());
        layers.add(new OutputLayer.Builder()
                .name("output")
                .nOut(3)
                .activation(Activation.SOFTMAX)
                .build());
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(7)
                .dataType(type)
                .updater(new Sgd(0.5))
                .list();
        layers.forEach(list::layer);
        MultiLayerNetwork net = new MultiLayerNetwork(
                list.setInputType(InputType.convolutional(6, 5, 2)).build());
        net.init();
        return net;
    }

    private static Layer convolution(String name) {
        return new ConvolutionLayer.Builder(3, 3)
                .name(name)
                .nOut(4)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static InPlaceBatchNorm norm() {
        return (InPlaceBatchNorm) new InPlaceBatchNorm.Builder()
                .function(InPlaceFunction.LEAKY_RELU)
                .slope(SLOPE)
                .decay(0.8)
                .eps(1e-3)
                .name("norm")
                .build();
    }

    private static Layer[] plain() {
        return new Layer[] {
            new BatchNormalization.Builder().decay(0.8).eps(1e-3).name("norm").build(),
            new ActivationLayer(new ActivationLReLU(SLOPE))
        };
    }

    private static DataSet data(DataType type) {
        INDArray x = Nd4j.randn(Nd4j.getRandomFactory().getNewRandomInstance(3), new long[] {4, 2, 6, 5})
                .castTo(type);
        INDArray y = Nd4j.zeros(type, 4, 3);
        for (int i = 0; i < 4; i++) {
            y.putScalar(i, i % 3, 1);
        }
        return new DataSet(x, y);
    }

    @Test
    void trainsAsDl4jsLayersDo() {
        MultiLayerNetwork plain = net(DataType.DOUBLE, plain());
        MultiLayerNetwork ours = net(DataType.DOUBLE, norm());
        MultiLayerNetwork lean = Lean.convert(ours, Memory.store()).network();
        assertEquals(plain.params(), ours.params());
        for (int step = 0; step < 3; step++) {
            for (MultiLayerNetwork net : List.of(plain, ours, lean)) {
                net.fit(data(DataType.DOUBLE));
            }
        }
        plain.getLayer("norm").paramTable().forEach((name, expected) -> {
            Compare.near(expected, ours.getLayer("norm").getParam(name), Tolerances.DOUBLE_ORDER, name);
            Compare.near(expected, Lean.parameters(lean, "norm").get(name), Tolerances.DOUBLE_ORDER, name);
        });
        Compare.near(plain.params(), ours.params(), Tolerances.DOUBLE_ORDER, "parameters after three steps");
        INDArray images = data(DataType.DOUBLE).getFeatures();
        Compare.near(plain.output(images), ours.output(images), Tolerances.DOUBLE_ORDER, "inference");
    }

    @Test
    void trainsInHalf() {
        MultiLayerNetwork plain = net(DataType.FLOAT, norm());
        MultiLayerNetwork half = plain.convertDataType(DataType.FLOAT16);
        plain.fit(data(DataType.FLOAT));
        half.fit(data(DataType.FLOAT16));
        Compare.near(plain.params(), half.params().castTo(DataType.FLOAT), 2e-2, "parameters after a step");
    }

    @Test
    void theConfigurationIsSavedWhole() {
        InPlaceBatchNorm norm = norm();
        NeuralNetConfiguration conf = new NeuralNetConfiguration();
        conf.setLayer(norm);
        assertEquals(norm, NeuralNetConfiguration.fromJson(conf.toJson()).getLayer());
        assertEquals(norm, norm.clone());
        assertEquals(0.8, norm.getDecay());
        assertEquals(1e-3, norm.getEps());
    }

    @Test
    void imagesAreInNchw() {
        InPlaceBatchNorm norm = norm();
        norm.setCnn2DFormat(CNN2DFormat.NHWC);
        norm.setNIn(4);
        norm.setNOut(4);
        String message = assertThrows(
                        IllegalStateException.class,
                        () -> norm.instantiate(
                                new NeuralNetConfiguration(),
                                List.of(),
                                0,
                                Nd4j.create(DataType.FLOAT, 1, 16),
                                true,
                                DataType.FLOAT))
                .getMessage();
        assertTrue(message.contains("is for images in NCHW; got NHWC: use DL4J's BatchNormalization"), message);
    }
}
