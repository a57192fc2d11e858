package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;

/** {@link ScaleLayer} as a layer of a network. */
class ScaleLayerTest {

    private static MultiLayerNetwork net(Layer... between) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                .updater(new Sgd(0.1))
                .list()
                .layer(new DenseLayer.Builder()
                        .nOut(4)
                        .activation(Activation.IDENTITY)
                        .build());
        for (Layer layer : between) {
            list.layer(layer);
        }
        MultiLayerNetwork net = new MultiLayerNetwork(list.layer(new OutputLayer.Builder()
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.feedForward(3))
                .build());
        net.init();
        return net;
    }

    private static DataSet data() {
        return new DataSet(
                Nd4j.linspace(DataType.DOUBLE, -1, 0.3, 6).reshape(2, 3),
                Nd4j.eye(2).castTo(DataType.DOUBLE));
    }

    /** s·(W x + b) is a dense layer of s·W and s·b, whose gradients times s are those of W and b. */
    @Test
    void isAFactorOfTheLayerInFrontOfIt() {
        double s = -0.75;
        MultiLayerNetwork scaled = net(new ScaleLayer(s));
        MultiLayerNetwork folded = net();
        folded.setParams(scaled.params());
        folded.getLayer(0).getParam("W").muli(s);
        folded.getLayer(0).getParam("b").muli(s);
        Compare.near(folded.output(data().getFeatures()), scaled.output(data().getFeatures()), 1e-14, "output");
        INDArray expected = gradient(folded);
        expected.get(NDArrayIndex.point(0), NDArrayIndex.interval(0, 16)).muli(s);
        Compare.near(expected, gradient(scaled), 1e-14, "gradient");
    }

    private static INDArray gradient(MultiLayerNetwork net) {
        net.setInput(data().getFeatures());
        net.setLabels(data().getLabels());
        net.computeGradientAndScore();
        INDArray all = net.gradient().gradient().dup();
        return all.reshape(1, all.length());
    }

    @Test
    void goesThroughJsonAndClone() {
        MultiLayerNetwork net = net(new ScaleLayer(0.125));
        MultiLayerConfiguration conf = net.getLayerWiseConfigurations();
        assertEquals(conf, MultiLayerConfiguration.fromJson(conf.toJson()));
        assertEquals(0.125, ((ScaleLayer) conf.clone().getConf(1).getLayer()).getFactor());
        Compare.same(net.output(data().getFeatures()), net.clone().output(data().getFeatures()), "clone");
        net.fit(data());
        assertEquals(0, net.getLayer(1).numParams());
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void refusesWhatIsNoFactor(double factor) {
        assertThrows(IllegalArgumentException.class, () -> new ScaleLayer(factor));
    }
}
