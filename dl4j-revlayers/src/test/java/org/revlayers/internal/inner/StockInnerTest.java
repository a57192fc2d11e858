package org.revlayers.internal.inner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.dropout.GaussianNoise;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.layers.Compare;

class StockInnerTest {

    /** tanh(x·w), as a user would write it. */
    private static final class Product extends SameDiffLayer {
        private static final long serialVersionUID = 1L;

        @Override
        public SDVariable defineLayer(
                SameDiff sd, SDVariable in, java.util.Map<String, SDVariable> parameters, SDVariable mask) {
            return sd.math().tanh(sd.mmul(in, parameters.get("w")));
        }

        @Override
        public void defineParameters(SDLayerParams params) {
            params.addWeightParam("w", 6, 4);
        }

        @Override
        public void initializeParameters(java.util.Map<String, INDArray> params) {
            initWeights(6, 4, org.deeplearning4j.nn.weights.WeightInit.XAVIER, params.get("w"));
        }

        @Override
        public InputType getOutputType(int layerIndex, InputType inputType) {
            return InputType.feedForward(4);
        }
    }

    record Case(String name, InnerContract.Layers layers, long... input) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case(
                        "subsampling, same",
                        () -> of(new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                                .kernelSize(3, 3)
                                .stride(2, 2)
                                .convolutionMode(ConvolutionMode.Same)
                                .build()),
                        2,
                        3,
                        7,
                        5),
                new Case(
                        "LSTM",
                        () -> of(new LSTM.Builder()
                                .nIn(3)
                                .nOut(4)
                                .activation(Activation.TANH)
                                .build()),
                        2,
                        3,
                        5),
                new Case("LRN", () -> of(new LocalResponseNormalization.Builder().build()), 2, 6, 3, 3),
                new Case("SameDiff", () -> of(new Product()), 3, 6),
                new Case(
                        "PReLU",
                        () -> of(new PReLULayer.Builder()
                                .inputShape(3, 2, 2)
                                .sharedAxes(2, 3)
                                .build()),
                        2,
                        3,
                        2,
                        2),
                new Case(
                        "dense, then activation, then dense",
                        () -> of(
                                new DenseLayer.Builder()
                                        .nIn(5)
                                        .nOut(4)
                                        .activation(Activation.TANH)
                                        .build(),
                                new ActivationLayer(Activation.SIGMOID),
                                new DenseLayer.Builder()
                                        .nIn(4)
                                        .nOut(3)
                                        .activation(Activation.RELU)
                                        .build()),
                        3,
                        5));
    }

    private static Layer[] of(Layer... layers) {
        return layers;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void keepsTheContract(Case c) {
        InnerContract.check(c.layers, HostChoice.STOCK, c.input);
    }

    private static Layer[] noisy() {
        return of(new DenseLayer.Builder()
                .nIn(5)
                .nOut(4)
                .activation(Activation.TANH)
                .dropOut(new GaussianNoise(0.5))
                .build());
    }

    @Test
    void randomNumbersComeFromThePass() {
        InnerContract.behaves(StockInnerTest::noisy, HostChoice.OWN, 3, 5);
        Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, noisy());
        INDArray x = Twin.normal(DataType.FLOAT, 1, 3, 5);
        Compare.different(
                twin.output(x, Twin.TRAINING), twin.output(x, Twin.TRAINING.of(1)), "another seed, another noise");
    }

    @Test
    void othersDrawAsIfItHadNot() {
        Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, noisy());
        INDArray x = Twin.normal(DataType.FLOAT, 1, 3, 5);
        Nd4j.getRandom().setSeed(9);
        INDArray expected = Nd4j.rand(2, 7);
        Nd4j.getRandom().setSeed(9);
        twin.output(x, Twin.TRAINING);
        Compare.same(expected, Nd4j.rand(2, 7), "ND4J's numbers after a random layer");
    }

    @Test
    void lossesAreRefused() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> new Twin(
                                DataType.FLOAT,
                                HostChoice.OWN,
                                new OutputLayer.Builder()
                                        .nIn(2)
                                        .nOut(2)
                                        .name("loss")
                                        .build()))
                .getMessage();
        assertTrue(message.contains("loss"), message);
    }

    @Test
    void foreignMemoryDoesNotGrow() {
        Twin twin = new Twin(
                DataType.FLOAT, HostChoice.STOCK, cases().toList().get(1).layers.make());
        INDArray x = Twin.normal(DataType.FLOAT, 1, 2, 3, 5);
        INDArray dy = Twin.normal(DataType.FLOAT, 2, 2, 4, 5);
        twin.inner(x, dy, Twin.TRAINING);
        long before = workspaceBytes();
        for (int i = 0; i < 5; i++) {
            twin.inner(x, dy, Twin.TRAINING);
        }
        assertEquals(before, workspaceBytes(), "bytes of the workspaces of this thread");
    }

    private static long workspaceBytes() {
        return Nd4j.getWorkspaceManager().getAllWorkspacesForCurrentThread().stream()
                .mapToLong(w -> w.getCurrentSize())
                .sum();
    }
}
