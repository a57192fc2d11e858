package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.distribution.NormalDistribution;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.revlayers.function.Curve;
import org.revlayers.function.Norm;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;

/** Every exact configuration against central differences, in DOUBLE. */
class GradientCheckTest {

    private static final int FEATURES = 4;
    private static final int TOKENS = 3;

    static Stream<Arguments> layers() {
        return Stream.of(
                Arguments.of("pre-LN plain", block().build(), false),
                Arguments.of(
                        "pre-LN recompute", block().memory(Memory.recompute()).build(), false),
                Arguments.of("pre-LN masked", block().build(), true),
                Arguments.of(
                        "pre-LN memory-sharing LayerNorm",
                        block().memorySharingNorm(true).build(),
                        false),
                Arguments.of(
                        "pre-LN memory-sharing RMSNorm, SiLU",
                        block().memorySharingNorm(true)
                                .norm(Norm.RMS, 1e-6)
                                .curve(Curve.SILU)
                                .build(),
                        false),
                Arguments.of(
                        "pre-LN RMSNorm, tanh-GELU",
                        block().norm(Norm.RMS, 1e-6).curve(Curve.GELU_TANH).build(),
                        false),
                Arguments.of(
                        "pre-LN kept probabilities",
                        block().keepProbabilities(true).build(),
                        true),
                Arguments.of("pre-LN LayerScale", block().layerScale(0.3).build(), false),
                Arguments.of("post-LN", block().postNorm(true).build(), true),
                Arguments.of(
                        "post-LN LayerScale recompute",
                        block().postNorm(true)
                                .memory(Memory.recompute())
                                .layerScale(0.3)
                                .build(),
                        false),
                Arguments.of(
                        "post-LN memory-sharing",
                        block().postNorm(true).memorySharingNorm(true).build(),
                        true),
                Arguments.of(
                        "post-LN memory-sharing, affine output, LayerScale",
                        block().postNorm(true)
                                .memorySharingNorm(true)
                                .outputAffine(true)
                                .layerScale(0.3)
                                .build(),
                        false),
                Arguments.of(
                        "post-LN memory-sharing RMSNorm, affine output, recompute",
                        block().postNorm(true)
                                .memorySharingNorm(true)
                                .outputAffine(true)
                                .norm(Norm.RMS, 1e-6)
                                .activationMemory(ActivationMemory.RECOMPUTE)
                                .build(),
                        false),
                Arguments.of(
                        "attention",
                        new MultiHeadSelfAttention.Builder(2).nOut(FEATURES).build(),
                        true),
                Arguments.of("MLP", new TransformerMlp.Builder(6).nOut(FEATURES).build(), false),
                Arguments.of("LayerNormalization", new LayerNormalization.Builder().build(), false),
                Arguments.of("MemorySharingLayerNorm", new MemorySharingLayerNorm.Builder().build(), false),
                Arguments.of("MemorySharingRmsNorm", new MemorySharingRmsNorm.Builder().build(), false));
    }

    @BeforeAll
    static void useDouble() {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    }

    @AfterAll
    static void useFloatAgain() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    private static TransformerBlock.Builder block() {
        return new TransformerBlock.Builder(2).mlp(6);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layers")
    void matchesCentralDifferences(String name, Layer layer, boolean masked) {
        check(layer.clone(), masked, WorkspaceMode.NONE, TokenPooling.Kind.CLASS_TOKEN);
        check(layer.clone(), masked, WorkspaceMode.ENABLED, TokenPooling.Kind.MEAN);
    }

    private static void check(Layer layer, boolean masked, WorkspaceMode mode, TokenPooling.Kind pooling) {
        MultiLayerConfiguration conf = new NeuralNetConfiguration.Builder()
                .seed(7)
                .dataType(DataType.DOUBLE)
                .updater(new NoOp())
                .weightInit(new NormalDistribution(0, 0.4))
                .trainingWorkspaceMode(mode)
                .inferenceWorkspaceMode(mode)
                .list()
                .layer(new TransformerMlp.Builder(3).nOut(FEATURES).build())
                .layer(layer)
                .layer(new TokenPooling.Builder(pooling).build())
                .layer(new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.recurrent(3, TOKENS, RNNFormat.NWC))
                .build();
        MultiLayerNetwork net = new MultiLayerNetwork(conf);
        net.init();
        Nd4j.getRandom().setSeed(11);
        INDArray input = Nd4j.randn(DataType.DOUBLE, 2, TOKENS, 3);
        INDArray labels = Nd4j.zeros(DataType.DOUBLE, 2, 3);
        labels.putScalar(0, 1, 1).putScalar(1, 2, 1);
        INDArray mask = masked ? Nd4j.createFromArray(new double[][] {{1, 1, 1}, {1, 1, 0}}) : null;
        boolean passed = GradientCheckUtil.checkGradients(new GradientCheckUtil.MLNConfig()
                .net(net)
                .epsilon(1e-6)
                .maxRelError(1e-5)
                .minAbsoluteError(1e-8)
                .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                .exitOnFirstError(false)
                .input(input)
                .labels(labels)
                .inputMask(mask));
        assertTrue(passed);
    }
}
