package org.revlayers.internal.inner;

import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.contract.Pass;
import org.revlayers.layers.Compare;

/** DL4J's layers that wait for their backward have their mask until then. */
class StockMasksTest {

    private static Layer convolution() {
        return new Convolution1DLayer.Builder(3)
                .nIn(4)
                .nOut(4)
                .convolutionMode(ConvolutionMode.Same)
                .activation(Activation.TANH)
                .build();
    }

    @Test
    void theBitsOfAForwardOnceMore() {
        Pass masked =
                Twin.TRAINING.masked(Nd4j.create(new float[][] {{1, 1, 1, 0, 0}, {1, 1, 1, 1, 1}, {1, 1, 1, 1, 0}}));
        Twin twin = new Twin(
                DataType.FLOAT,
                HostChoice.STOCK,
                convolution(),
                new GlobalPoolingLayer.Builder(PoolingType.AVG).build());
        INDArray x = Twin.normal(DataType.FLOAT, 1, 3, 4, 5);
        INDArray dy = Twin.normal(DataType.FLOAT, 2, 3, 4);
        Twin.Step expected = twin.inner(x, dy, masked);
        Compare.different(expected.dx(), twin.inner(x, dy, Twin.TRAINING).dx(), "the mask has an effect");
        twin.near();
        Twin.Step actual = twin.inner(x, dy, masked);
        Compare.same(expected.dx(), actual.dx(), "input gradient");
        Compare.same(expected.gradients().get(0), actual.gradients().get(0), "gradients of the convolution");
    }
}
