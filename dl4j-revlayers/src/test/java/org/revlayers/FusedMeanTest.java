package org.revlayers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.convert.ReprogramOptions;
import org.revlayers.internal.kernel.tokens.TokenSelection;
import org.revlayers.internal.kernel.tokens.TokenShare;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.reversible.CoefficientSchedule;

/** The mean over tokens of which some were fused: each counts for what it stands for. */
class FusedMeanTest {

    private static final int TOKENS = 20;
    private static final int FEATURES = 8;
    private static final int BLOCKS = 4;

    /** Behind the two blocks that leave tokens out: 1 + ⌈19/2⌉ + 1, then 1 + ⌈11/2⌉ + 1. */
    private static final int BEHIND = 8;

    private static final int POOLING = BLOCKS;

    private static MultiLayerNetwork plain(Layer pooling, boolean postNorm) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(5)
                .updater(new Sgd(0.1))
                .dataType(DataType.DOUBLE)
                .list();
        IntStream.range(0, BLOCKS)
                .forEach(i -> list.layer(new TransformerBlock.Builder(2)
                        .postNorm(postNorm)
                        .name("block" + i)
                        .build()));
        MultiLayerNetwork net = new MultiLayerNetwork(list.layer(pooling)
                .layer(new OutputLayer.Builder()
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .name("output")
                        .build())
                .setInputType(InputType.recurrent(FEATURES, TOKENS, RNNFormat.NWC))
                .build());
        net.init();
        return net;
    }

    private static TokenPooling mean() {
        return new TokenPooling.Builder(TokenPooling.Kind.MEAN).name("pooling").build();
    }

    private static ReprogramOptions.Builder options() {
        return ReprogramOptions.builder().train(0, 1, 2, 3).dropAt(1, 2);
    }

    private static INDArray input() {
        Nd4j.getRandom().setSeed(3);
        return Nd4j.randn(DataType.DOUBLE, 2, TOKENS, FEATURES);
    }

    /** The first example shows all its tokens, the second so many. */
    private static INDArray mask(int shown) {
        INDArray mask = Nd4j.ones(DataType.DOUBLE, 2, TOKENS);
        IntStream.range(shown, TOKENS).forEach(t -> mask.putScalar(1, t, 0));
        return mask;
    }

    private static INDArray pooled(MultiLayerNetwork net, INDArray x, INDArray mask) {
        net.setLayerMaskArrays(mask, null);
        INDArray pooled = net.feedForward(x, false).get(POOLING + 1).dup();
        net.clearLayerMaskArrays();
        return pooled;
    }

    private static double[] expectedCounts(int shown) {
        double[] counts = new double[BEHIND];
        int stay = Math.min(BEHIND - 2, Math.min(shown - 1, 10)); // ten stay in the first block
        IntStream.rangeClosed(0, stay).forEach(t -> counts[t] = 1);
        counts[BEHIND - 1] = shown - 1 - stay;
        return counts;
    }

    @ParameterizedTest
    @CsvSource({"20, false", "20, true", "13, false", "12, true", "9, false", "5, true", "2, false", "1, false"})
    void aFusedTokenCountsForWhatItStandsFor(int shown, boolean postNorm) {
        MultiLayerNetwork lean =
                Reprogram.convert(plain(mean(), postNorm), options().build()).network();
        INDArray mask = mask(shown);
        INDArray found = pooled(lean, input(), mask);
        lean.setLayerMaskArrays(mask, null);
        INDArray counts = lean.getLayer(POOLING).getMaskArray();
        INDArray tokens = lean.feedForward(input(), false).get(POOLING);
        assertArrayEquals(expectedCounts(TOKENS), counts.getRow(0).toDoubleVector());
        assertArrayEquals(expectedCounts(shown), counts.getRow(1).toDoubleVector());
        for (int b = 0; b < 2; b++) {
            INDArray byFormula = counts.getRow(b)
                    .reshape(1, BEHIND)
                    .mmul(tokens.slice(b))
                    .div(counts.getRow(b).sumNumber());
            assertTrue(byFormula.equalsWithEps(found.getRow(b).reshape(1, FEATURES), 1e-12));
        }
    }

    @Test
    void aFusedTokenIsFusedAgainWhateverItsScore() {
        INDArray scores = Nd4j.createFromArray(new double[][] {{0, 0.1, 0.3, 0.2, 0.05, 0.9}});
        TokenSelection selection = TokenSelection.by(new TokenShare(0.4, true, true, true), scores, null);
        assertArrayEquals(new int[] {2, 3, 1, 4, 5}, selection.order());
        INDArray mask = Nd4j.createFromArray(new double[][] {{1, 1, 0, 1, 1, 7}});
        assertArrayEquals(
                new int[] {3, 1, 4, 2, 5},
                TokenSelection.by(new TokenShare(0.4, true, true, true), scores, mask)
                        .order());
        assertArrayEquals(
                new double[] {1, 1, 1, 8},
                new TokenShare(0.4, true, true, true).mask(mask).toDoubleVector());
    }

    private static Map<String, INDArray> gradients(MultiLayerNetwork net, INDArray mask) {
        net.setInput(input());
        net.setLabels(Nd4j.createFromArray(new double[][] {{1, 0, 0}, {0, 0, 1}}));
        net.setLayerMaskArrays(mask, null);
        net.computeGradientAndScore();
        net.clearLayerMaskArrays();
        return Map.of("all", net.getFlattenedGradients().dup());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void gradientsAreThoseOfDifferences(boolean postNorm) {
        MultiLayerNetwork lean =
                Reprogram.convert(plain(mean(), postNorm), options().build()).network();
        INDArray mask = mask(14);
        INDArray gradient = gradients(lean, mask).get("all");
        INDArray params = lean.params();
        for (long i = 3; i < params.length(); i += 97) {
            double at = params.getDouble(i);
            double[] score = new double[2];
            for (int side = 0; side < 2; side++) {
                params.putScalar(i, at + (side == 0 ? 1e-5 : -1e-5));
                gradients(lean, mask);
                score[side] = lean.score();
            }
            params.putScalar(i, at);
            assertEquals((score[0] - score[1]) / 2e-5, gradient.getDouble(i) / 2, 1e-7, "parameter " + i);
        }
    }

    /** What keeps hidden tokens as 0 takes a count for shown. */
    @Test
    void otherWaysToKeepHaveTheSameGradients() {
        MultiLayerNetwork lean =
                Reprogram.convert(plain(mean(), false), options().build()).network();
        INDArray mask = mask(14);
        INDArray expected = gradients(lean, mask).get("all");
        for (Memory memory : new Memory[] {
            Memory.razor(0).values(RazorValues.FULL).activations(ActivationMemory.DENSE),
            Memory.checkpoint(),
            Memory.recompute()
        }) {
            MultiLayerNetwork kept = Lean.convert(lean, memory).network();
            assertEquals(0, expected.distance2(gradients(kept, mask).get("all")), 1e-9, memory.toString());
        }
    }

    @Test
    void chainsBetweenPassTheCountsOn() {
        MultiLayerNetwork lean = Reprogram.convert(
                        plain(mean(), false), options().dropAt(0, 1).build())
                .network();
        MultiLayerNetwork chained = Lean.convert(lean, Memory.reversible(CoefficientSchedule.constant(1, 0.125)))
                .network();
        INDArray mask = mask(14);
        chained.setLayerMaskArrays(mask, null);
        assertArrayEquals(
                new double[] {1, 1, 1, 1, 1, 1, 1, 7},
                chained.getLayer(chained.getnLayers() - 2)
                        .getMaskArray()
                        .getRow(1)
                        .toDoubleVector());
    }

    @Test
    void withoutAMaskTheNumberIsThatOfTheNetworkOrAnError() {
        MultiLayerNetwork net = plain(mean(), false);
        MultiLayerNetwork lean = Reprogram.convert(net, options().build()).network();
        String message = assertThrows(IllegalStateException.class, () -> lean.output(input()))
                .getMessage();
        assertTrue(message.contains("\"pooling\"") && message.contains("features mask"), message);
        TokenPooling pooling = (TokenPooling) lean.getLayer(POOLING).conf().getLayer();
        assertEquals(TokenPooling.BY_MASK, pooling.getFusedFrom());
        pooling.setFusedFrom(TOKENS);
        assertTrue(pooled(lean, input(), null).equalsWithEps(pooled(lean, input(), mask(TOKENS)), 1e-12));
        MultiLayerNetwork back = Reprogram.restore(lean);
        assertEquals(net.output(input()), back.output(input()));
        assertEquals(net.getLayerWiseConfigurations(), back.getLayerWiseConfigurations());
    }

    @Test
    void dl4jsMeanIsRefused() {
        MultiLayerNetwork net = plain(
                new GlobalPoolingLayer.Builder(PoolingType.AVG).name("mean").build(), false);
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> Reprogram.convert(net, options().build()))
                .getMessage();
        assertTrue(message.contains("\"mean\"") && message.contains("fuse(false)"), message);
        Reprogram.convert(net, options().fuse(false).build());
    }
}
