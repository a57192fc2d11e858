package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** Stock layers before and behind ours: gradients pass exactly, in both recurrent formats. */
class InteroperationTest {

    private static final int TOKENS = 3;

    @BeforeAll
    static void useDouble() {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    }

    @AfterAll
    static void useFloatAgain() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    private static RnnOutputLayer output() {
        return new RnnOutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .nOut(2)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private static void check(MultiLayerConfiguration conf, long[] inputs, long[] labelShape, int classAxis) {
        MultiLayerNetwork net = LayerCase.init(conf);
        Nd4j.getRandom().setSeed(3);
        INDArray x = Nd4j.randn(DataType.DOUBLE, inputs);
        INDArray labels = Nd4j.zeros(DataType.DOUBLE, labelShape);
        labels.tensorAlongDimension(0, classAxis).putScalar(0, 1);
        for (long i = 1; i < labels.tensorsAlongDimension(classAxis); i++) {
            labels.tensorAlongDimension(i, classAxis).putScalar(1, 1);
        }
        assertArrayEquals(labelShape, net.output(x).shape());
        assertTrue(GradientCheckUtil.checkGradients(new GradientCheckUtil.MLNConfig()
                .net(net)
                .epsilon(1e-6)
                .maxRelError(Tolerances.DIFFERENCES)
                .minAbsoluteError(1e-8)
                .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                .input(x)
                .labels(labels)));
    }

    private static MultiLayerConfiguration lstm(RNNFormat format) {
        return LayerCase.base(DataType.DOUBLE)
                .updater(new NoOp())
                .list()
                .layer(new LSTM.Builder().nOut(4).activation(Activation.TANH).build())
                .layer(LayerCase.block().build())
                .layer(output())
                .setInputType(InputType.recurrent(2, TOKENS, format))
                .build();
    }

    @Test
    void stockRecurrentLayerInFeaturesFirst() {
        MultiLayerConfiguration conf = lstm(RNNFormat.NCW);
        assertInstanceOf(TokensPreProcessor.class, conf.getInputPreProcess(1));
        check(conf, new long[] {2, 2, TOKENS}, new long[] {2, TOKENS, 2}, 2);
        MultiLayerConfiguration back = MultiLayerConfiguration.fromJson(conf.toJson());
        Compare.same(LayerCase.init(conf).params(), LayerCase.init(back).params(), "after JSON");
        assertInstanceOf(TokensPreProcessor.class, back.getInputPreProcess(1));
    }

    @Test
    void stockRecurrentLayerInTokensFirst() {
        MultiLayerConfiguration conf = lstm(RNNFormat.NWC);
        assertTrue(conf.getInputPreProcess(1) == null, "nothing to convert");
        check(conf, new long[] {2, TOKENS, 2}, new long[] {2, TOKENS, 2}, 2);
    }

    @Test
    void stockDenseLayerBetween() {
        MultiLayerConfiguration conf = LayerCase.base(DataType.DOUBLE)
                .updater(new NoOp())
                .list()
                .layer(LayerCase.block().build())
                .layer(new DenseLayer.Builder()
                        .nOut(4)
                        .activation(Activation.TANH)
                        .build())
                .layer(output())
                .setInputType(InputType.recurrent(4, TOKENS, RNNFormat.NWC))
                .build();
        check(conf, new long[] {2, TOKENS, 4}, new long[] {2, TOKENS, 2}, 2);
    }

    @Test
    void feedForwardInput() {
        MultiLayerConfiguration conf = LayerCase.base(DataType.DOUBLE)
                .updater(new NoOp())
                .list()
                .layer(new DenseLayer.Builder()
                        .nOut(4)
                        .activation(Activation.TANH)
                        .build())
                .layer(new LayerNormalization.Builder().build())
                .layer(new TransformerMlp.Builder(6).nOut(4).build())
                .layer(LayerCase.output())
                .setInputType(InputType.feedForward(3))
                .build();
        check(conf, new long[] {2, 3}, new long[] {2, LayerCase.CLASSES}, 1);
    }
}
