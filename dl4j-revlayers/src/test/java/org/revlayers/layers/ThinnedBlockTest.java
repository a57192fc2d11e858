package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.container.RazorSequence;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.keep.TokenRazor;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;

/** Back Razor inside a transformer block. */
class ThinnedBlockTest {

    private static final int BATCH = 3;
    private static final double NOTHING_DROPPED = 0;

    /** Kinds of blocks, as a name and a configuration without thinning whose backward is exact. */
    static Stream<Arguments> exactBlocks() {
        return Stream.of(
                Arguments.of("pre-LN, P kept", (Kind) () -> LayerCase.block().keepProbabilities(true)),
                Arguments.of("pre-LN, P again", (Kind) () -> LayerCase.block()),
                Arguments.of(
                        "pre-LN, memory sharing", (Kind) () -> LayerCase.block().memorySharingNorm(true)),
                Arguments.of("LayerScale", (Kind)
                        () -> LayerCase.block().layerScale(0.3).dropPath(0.25)),
                Arguments.of("post-LN", (Kind) () -> LayerCase.block().postNorm(true)),
                Arguments.of("dropping", (Kind) () -> LayerCase.block().keepTokens(0.5)),
                Arguments.of("dropping, post-LN", (Kind)
                        () -> LayerCase.block().keepTokens(0.5).postNorm(true)),
                Arguments.of("post-LN, memory sharing", (Kind) () ->
                        LayerCase.block().postNorm(true).memorySharingNorm(true).outputAffine(true)));
    }

    /** Makes builders that are all alike. */
    @FunctionalInterface
    interface Kind {
        TransformerBlock.Builder builder();
    }

    private static TokenRazor razor(Thinning thinning) {
        return thinning == null ? null : new TokenRazor(thinning, null, false);
    }

    private static MultiLayerNetwork net(Kind kind, Thinning thinning, DataType type) {
        LayerCase one = LayerCase.tokens(
                "block", () -> kind.builder().razor(razor(thinning)).build());
        return one.net(type, o -> {});
    }

    private static DataSet data(Kind kind, DataType type) {
        return LayerCase.tokens("block", () -> kind.builder().build()).data(type, BATCH, 1);
    }

    private static Map<String, INDArray> gradients(MultiLayerNetwork net, DataSet data) {
        net.setInput(data.getFeatures());
        net.setLabels(data.getLabels());
        net.computeGradientAndScore();
        return net.gradient().gradientForVariable();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("exactBlocks")
    void forwardIsTheDenseOnesBitForBit(String name, Kind kind) {
        DataSet data = data(kind, DataType.FLOAT);
        MultiLayerNetwork dense = net(kind, null, DataType.FLOAT);
        MultiLayerNetwork thinned = net(kind, new Thinning(0.9, RazorValues.INT8), DataType.FLOAT);
        assertArrayEquals(
                dense.output(data.getFeatures(), true).data().asFloat(),
                thinned.output(data.getFeatures(), true).data().asFloat());
        gradients(dense, data);
        gradients(thinned, data);
        assertEquals(dense.score(), thinned.score());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("exactBlocks")
    void withNothingDroppedGradientsAreTheDenseOnes(String name, Kind kind) {
        DataSet data = data(kind, DataType.DOUBLE);
        Map<String, INDArray> dense = gradients(net(kind, null, DataType.DOUBLE), data);
        gradients(net(kind, new Thinning(NOTHING_DROPPED, RazorValues.FULL), DataType.DOUBLE), data)
                .forEach((parameter, gradient) ->
                        assertTrue(dense.get(parameter).equalsWithEps(gradient, 1e-12), parameter));
        DataSet floats = data(kind, DataType.FLOAT);
        Map<String, INDArray> single = gradients(net(kind, null, DataType.FLOAT), floats);
        gradients(net(kind, new Thinning(NOTHING_DROPPED, RazorValues.FP16), DataType.FLOAT), floats)
                .forEach((parameter, gradient) -> {
                    double scale = single.get(parameter).norm2Number().doubleValue();
                    double off =
                            single.get(parameter).sub(gradient).norm2Number().doubleValue();
                    assertTrue(off <= 2e-3 * scale + 1e-7, parameter + " is off by " + off + " of " + scale);
                });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("exactBlocks")
    void gradientsPointWhereTheDenseOnesDo(String name, Kind kind) {
        DataSet data = data(kind, DataType.FLOAT);
        Map<String, INDArray> dense = gradients(net(kind, null, DataType.FLOAT), data);
        Map<String, INDArray> thinned = gradients(net(kind, new Thinning(0.5, RazorValues.FP16), DataType.FLOAT), data);
        for (String weight : new String[] {"1_qkvW", "1_projW", "1_fc1W", "1_fc2W"}) {
            double cosine = Transforms.cosineSim(dense.get(weight), thinned.get(weight));
            assertTrue(cosine > 0.5 && cosine < 0.9999999, weight + ": cosine " + cosine);
        }
    }

    @Test
    void thinningCanBeSwitchedOffBetweenSteps() {
        Kind kind = LayerCase::block;
        DataSet data = data(kind, DataType.FLOAT);
        MultiLayerNetwork switched = net(kind, new Thinning(0.9, RazorValues.FP16), DataType.FLOAT);
        MultiLayerNetwork plain = net(kind, null, DataType.FLOAT);
        Map<String, INDArray> dense = gradients(plain, data);
        assertFalse(dense.get("1_qkvW").equalsWithEps(gradients(switched, data).get("1_qkvW"), 1e-5));
        ((TransformerBlock) switched.getLayer(1).conf().getLayer()).setRazor(null);
        assertTrue(dense.get("1_qkvW").equals(gradients(switched, data).get("1_qkvW")));
    }

    @Test
    void thinnedDerivativesAreDenseOnesWithoutTheRazor() {
        TokenRazor razor = razor(new Thinning(0.9, RazorValues.FP16));
        Kind kind = () ->
                LayerCase.block().activationMemory(ActivationMemory.THINNED).razor(razor);
        DataSet data = data(kind, DataType.FLOAT);
        MultiLayerNetwork switched =
                LayerCase.tokens("block", () -> kind.builder().build()).net(DataType.FLOAT, o -> {});
        ((TransformerBlock) switched.getLayer(1).conf().getLayer()).setRazor(null);
        Map<String, INDArray> dense = gradients(net(LayerCase::block, null, DataType.FLOAT), data);
        assertTrue(dense.get("1_fc1W").equals(gradients(switched, data).get("1_fc1W")));
    }

    @Test
    void aPoolingInsideASequenceUsesTheMaskUp() {
        RazorSequence sequence = new RazorSequence.Builder()
                .layers(LayerCase.block().build(), new TokenPooling.Builder(TokenPooling.Kind.MEAN).build())
                .build();
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .updater(new Sgd(0.1))
                .list()
                .layer(sequence)
                .layer(new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.recurrent(LayerCase.FEATURES, LayerCase.TOKENS, RNNFormat.NWC))
                .build());
        net.init();
        INDArray mask = Nd4j.ones(BATCH, LayerCase.TOKENS);
        mask.putScalar(0, 1, 0);
        INDArray x = Nd4j.rand(DataType.FLOAT, BATCH, LayerCase.TOKENS, LayerCase.FEATURES);
        INDArray labels = Nd4j.createFromArray(new float[][] {{1, 0}, {0, 1}, {1, 0}});
        net.fit(new DataSet(x, labels, mask, null));
        assertTrue(Double.isFinite(net.score()));
    }

    @Test
    void oneCopyForTwoReadersIsAsExactAsEitherNeeds() {
        assertEquals(
                new Thinning(0.8, RazorValues.FULL),
                new Thinning(0.8, RazorValues.INT8).and(new Thinning(0.9, RazorValues.FULL)));
    }

    /** Of random activations, 0.9 dropped: the cosine to the exact gradient. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("exactBlocks")
    void meansComeCloserThanZeros(String name, Kind kind) {
        DataSet data = data(kind, DataType.FLOAT);
        double[] cosines = new double[2];
        MultiLayerNetwork dense = net(kind, null, DataType.FLOAT);
        gradients(dense, data);
        for (RazorFill fill : RazorFill.values()) {
            MultiLayerNetwork thinned = net(kind, new Thinning(0.9, RazorValues.FP16, fill), DataType.FLOAT);
            gradients(thinned, data);
            cosines[fill.ordinal()] =
                    Transforms.cosineSim(dense.getFlattenedGradients(), thinned.getFlattenedGradients());
        }
        assertTrue(cosines[1] > cosines[0], "zeros " + cosines[0] + ", means " + cosines[1]);
    }

    @Test
    void filesOfBeforeTheChoiceFillWithZeros() throws Exception {
        String old = "{\"prune\":0.9,\"values\":\"FP16\"}";
        Thinning read = NeuralNetConfiguration.mapper().readValue(old, Thinning.class);
        assertEquals(new Thinning(0.9, RazorValues.FP16, RazorFill.ZERO), read);
    }

    @Test
    void filesThatSayHalfMeanFp16() throws Exception {
        for (ActivationMemory memory : ActivationMemory.values()) {
            String word = "\"" + memory + "\"";
            assertEquals(word, NeuralNetConfiguration.mapper().writeValueAsString(memory));
            assertEquals(memory, NeuralNetConfiguration.mapper().readValue(word, ActivationMemory.class));
        }
        assertEquals(
                ActivationMemory.FP16, NeuralNetConfiguration.mapper().readValue("\"HALF\"", ActivationMemory.class));
    }

    @Test
    void thinnedDerivativesNeedAThinning() {
        IllegalStateException e = assertThrows(
                IllegalStateException.class,
                () -> net(() -> LayerCase.block().activationMemory(ActivationMemory.THINNED), null, DataType.FLOAT));
        assertTrue(e.getMessage().contains("thinning"), e.getMessage());
    }
}
