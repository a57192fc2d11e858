package org.revlayers.internal.inner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.container.ResidualUnit;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.layers.Compare;
import org.revlayers.layers.Tolerances;

/** Where images have their channels last; what every layer computes then is {@link InnerContract}'s. */
class ImageRunsTest {

    private static Layer convolution(int in, int out, int kernel, int stride) {
        return new ConvolutionLayer.Builder(kernel, kernel)
                .nIn(in)
                .nOut(out)
                .stride(stride, stride)
                .padding(kernel / 2, kernel / 2)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static Layer norm(int channels) {
        return new BatchNormalization.Builder().nIn(channels).nOut(channels).build();
    }

    private static Layer relu() {
        return new ActivationLayer(Activation.RELU);
    }

    /** A small ResNet: every kind of layer that can have its channels last, and one that cannot behind them. */
    private static Layer[] resNet() {
        return new Layer[] {
            convolution(3, 6, 7, 2),
            norm(6),
            relu(),
            new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                    .kernelSize(3, 3)
                    .stride(2, 2)
                    .padding(1, 1)
                    .build(),
            new ResidualUnit.Builder()
                    .main(
                            convolution(6, 4, 1, 2),
                            norm(4),
                            relu(),
                            convolution(4, 4, 3, 1),
                            norm(4),
                            relu(),
                            convolution(4, 8, 1, 1))
                    .shortcut(convolution(6, 8, 1, 2), norm(8))
                    .after(relu())
                    .build(),
            new GlobalPoolingLayer.Builder().build()
        };
    }

    private static boolean turns(Layer... layers) {
        return new Twin(DataType.FLOAT, HostChoice.OWN, layers)
                .network
                .turned()
                .layers()
                .contains(AxisOrder.TO_LAST);
    }

    @Test
    void aRunTurnsIfAConvolutionOfOneByOneIsInIt() {
        assumeTrue(Devices.current() == null, "a device's images stay as they are");
        assertTrue(turns(convolution(3, 4, 1, 1)));
        assertFalse(turns(convolution(3, 4, 3, 1), norm(4)), "ND4J's convolution is as fast either way");
        assertFalse(turns(norm(4)));
        List<InnerLayer> layers = new Twin(DataType.FLOAT, HostChoice.OWN, resNet())
                .network
                .turned()
                .layers();
        assertEquals(AxisOrder.TO_LAST, layers.get(0));
        assertEquals(AxisOrder.TO_FIRST, layers.get(layers.size() - 2), layers::toString);
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void theNumbersAreThoseOfTheOtherOrder(DataType type) {
        double tolerance = type == DataType.DOUBLE ? Tolerances.DOUBLE_ORDER : Tolerances.FLOAT_ORDER;
        Twin twin = new Twin(type, HostChoice.OWN, layer -> Keeping.WITH_MASKS, resNet());
        INDArray x = Twin.normal(type, 1, 3, 3, 33, 40);
        INDArray dy = Twin.normal(type, 2, 3, 8);
        INDArray output = twin.output(x, Twin.TRAINING.frozen());
        Twin.Step plain = twin.inner(x, dy, Twin.TRAINING);
        twin.network = twin.network.turned();
        twin.network.setGradients(twin.gradients);
        Compare.near(output, twin.output(x, Twin.TRAINING.frozen()), tolerance, "inference");
        Twin.Step turned = twin.inner(x, dy, Twin.TRAINING);
        Compare.near(plain.out(), turned.out(), tolerance, "output");
        Compare.near(plain.dx(), turned.dx(), scaled(tolerance, plain.dx()), "input gradient");
        for (int i = 0; i < plain.gradients().size(); i++) {
            INDArray gradient = plain.gradients().get(i);
            if (gradient != null) {
                Compare.near(gradient, turned.gradients().get(i), scaled(tolerance, gradient), "gradients " + i);
            }
        }
    }

    private static double scaled(double tolerance, INDArray gradient) {
        return tolerance * Math.max(1, gradient.amaxNumber().doubleValue());
    }
}
