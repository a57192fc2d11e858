package org.revlayers.internal.inner;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.layers.Tolerances;

/** The gradients of a small network inside a container against central differences, in double. */
class GradientTest {

    private static final double STEP = 1e-6;
    private static final int CHANNELS = 3;

    private static Layer[] layers() {
        return new Layer[] {
            new ConvolutionLayer.Builder(1, 1)
                    .stride(2, 2)
                    .nIn(2)
                    .nOut(CHANNELS)
                    .activation(Activation.IDENTITY)
                    .build(),
            new BatchNormalization.Builder().nIn(CHANNELS).nOut(CHANNELS).build(),
            new ActivationLayer(Activation.RELU),
            new ConvolutionLayer.Builder(3, 3)
                    .nIn(CHANNELS)
                    .nOut(2)
                    .convolutionMode(ConvolutionMode.Same)
                    .activation(Activation.TANH)
                    .build()
        };
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void matchDifferences(boolean training) {
        Pass pass = training ? Twin.TRAINING : Twin.TRAINING.frozen();
        Twin twin = new Twin(DataType.DOUBLE, HostChoice.OWN, layers());
        INDArray x = Twin.normal(DataType.DOUBLE, 1, 3, 2, 6, 7);
        INDArray dy = Twin.normal(DataType.DOUBLE, 2, 3, 2, 3, 4);
        Twin.Step step = twin.inner(x, dy, pass);
        check(twin, x, dy, pass, x, step.dx(), x.length(), "input");
        check(twin, x, dy, pass, twin.parameters.get(0), step.gradients().get(0), 9, "first convolution");
        check(twin, x, dy, pass, twin.parameters.get(1), step.gradients().get(1), 2 * CHANNELS, "gamma and beta");
        check(twin, x, dy, pass, twin.parameters.get(3), step.gradients().get(3), 56, "second convolution");
    }

    /** Throws unless the gradient of the first {@code count} numbers of {@code at} is that of differences. */
    static void check(
            Twin twin, INDArray x, INDArray dy, Pass pass, INDArray at, INDArray gradient, long count, String what) {
        INDArray flat = at.reshape(at.length());
        INDArray expected = gradient.reshape(gradient.length());
        for (long i = 0; i < count; i++) {
            double value = flat.getDouble(i);
            flat.putScalar(i, value + STEP);
            double up = twin.output(x, pass).mul(dy).sumNumber().doubleValue();
            flat.putScalar(i, value - STEP);
            double down = twin.output(x, pass).mul(dy).sumNumber().doubleValue();
            flat.putScalar(i, value);
            double difference = (up - down) / (2 * STEP);
            assertEquals(
                    difference,
                    expected.getDouble(i),
                    Tolerances.DIFFERENCES * Math.max(1, Math.abs(difference)),
                    what + ", element " + i);
        }
    }

    /** The running statistics move as DL4J's formula says, by one subtraction of their gradients. */
    @Test
    void statisticsMoveTowardsTheBatch() {
        double decay = 0.8;
        for (boolean log : new boolean[] {false, true}) {
            Twin twin = new Twin(
                    DataType.DOUBLE,
                    HostChoice.OWN,
                    new BatchNormalization.Builder()
                            .nIn(2)
                            .nOut(2)
                            .decay(decay)
                            .useLogStd(log)
                            .build());
            INDArray x = Twin.normal(DataType.DOUBLE, 1, 5, 2);
            INDArray before = twin.parameters.get(0).dup();
            Twin.Step step = twin.inner(x, x, Twin.TRAINING);
            INDArray after = before.sub(step.gradients().get(0));
            for (int c = 0; c < 2; c++) {
                double mean = decay * before.getDouble(4 + c)
                        + (1 - decay) * x.getColumn(c).meanNumber().doubleValue();
                assertEquals(mean, after.getDouble(4 + c), Tolerances.DOUBLE_ORDER);
                double variance = decay * variance(log, before.getDouble(6 + c))
                        + (1 - decay) * x.getColumn(c).var(false).getDouble(0);
                assertEquals(variance, variance(log, after.getDouble(6 + c)), Tolerances.DOUBLE_ORDER);
            }
            Twin.Step still = twin.inner(x, x, Twin.TRAINING.frozen());
            for (int i = 4; i < 8; i++) {
                assertEquals(0, still.gradients().get(0).getDouble(i), "running statistics stand still in inference");
            }
        }
    }

    private static double variance(boolean log, double stored) {
        return log ? Math.pow(10, 2 * stored) : stored;
    }

    @Test
    void gradientsAreOverwritten() {
        Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, layers());
        INDArray x = Twin.normal(DataType.FLOAT, 1, 3, 2, 6, 7);
        INDArray dy = Twin.normal(DataType.FLOAT, 2, 3, 2, 3, 4);
        List<INDArray> first = twin.inner(x, dy, Twin.TRAINING).gradients();
        twin.gradients.stream().filter(g -> g != null).forEach(g -> g.assign(Float.NaN));
        List<INDArray> second = twin.inner(x, dy, Twin.TRAINING).gradients();
        for (int i = 0; i < first.size(); i++) {
            assertEquals(first.get(i), second.get(i), "layer " + i);
        }
    }
}
