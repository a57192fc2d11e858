package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.SubBlock;
import org.revlayers.function.Curve;

/** Tokens that a transformer block leaves out, against the formula written with ND4J's ops. */
class TokenDropTest {

    private static final int BATCH = 2;
    private static final int TOKENS = 9;
    private static final int FEATURES = 8;
    private static final int HEADS = 2;

    private static MultiLayerNetwork net(TransformerBlock block) {
        NeuralNetConfiguration.Builder builder =
                new NeuralNetConfiguration.Builder().seed(4).dataType(DataType.DOUBLE);
        MultiLayerNetwork net = new MultiLayerNetwork(builder.list()
                .layer(block)
                .layer(new TokenPooling.Builder(TokenPooling.Kind.CLASS_TOKEN).build())
                .setInputType(InputType.recurrent(FEATURES, TOKENS, RNNFormat.NWC))
                .build());
        net.init();
        return net;
    }

    private static TransformerBlock.Builder block() {
        return new TransformerBlock.Builder(HEADS).nIn(FEATURES).mlp(12).curve(Curve.SILU);
    }

    private static INDArray input() {
        Nd4j.getRandom().setSeed(6);
        return Nd4j.randn(DataType.DOUBLE, BATCH, TOKENS, FEATURES);
    }

    private static INDArray tokens(MultiLayerNetwork net, INDArray x) {
        return net.feedForward(x, false).get(1);
    }

    private static INDArray norm(INDArray x) {
        INDArray centred = x.sub(x.mean(true, 1));
        return centred.div(Transforms.sqrt(centred.mul(centred).mean(true, 1).add(1e-6)));
    }

    /** One example, whose norms have gamma 1 and beta 0. */
    private static INDArray byFormula(MultiLayerNetwork net, INDArray x, int kept, boolean fuse) {
        INDArray qkv = norm(x).mmul(net.getParam("0_qkvW")).addRowVector(net.getParam("0_qkvB"));
        int dim = FEATURES / HEADS;
        INDArray o = Nd4j.zeros(DataType.DOUBLE, TOKENS, FEATURES);
        double[] scores = new double[TOKENS];
        for (int h = 0; h < HEADS; h++) {
            INDArray[] parts = new INDArray[3];
            for (int p = 0; p < 3; p++) {
                int from = p * FEATURES + h * dim;
                parts[p] = qkv.get(NDArrayIndex.all(), NDArrayIndex.interval(from, from + dim));
            }
            INDArray p = Transforms.exp(parts[0].mmul(parts[1].transpose()).div(Math.sqrt(dim)));
            p.diviColumnVector(p.sum(1));
            o.get(NDArrayIndex.all(), NDArrayIndex.interval(h * dim, (h + 1) * dim))
                    .assign(p.mmul(parts[2]));
            for (int t = 0; t < TOKENS; t++) {
                scores[t] += p.getDouble(0, t) / HEADS;
            }
        }
        INDArray s = x.add(o.mmul(net.getParam("0_projW")).addRowVector(net.getParam("0_projB")));
        Integer[] order = new Integer[TOKENS - 1];
        Arrays.setAll(order, i -> i + 1);
        Arrays.sort(order, (a, b) -> Double.compare(scores[b], scores[a]));
        INDArray left = Nd4j.zeros(DataType.DOUBLE, 1 + kept + (fuse ? 1 : 0), FEATURES);
        left.putRow(0, s.getRow(0));
        for (int i = 0; i < TOKENS - 1; i++) {
            if (i < kept) {
                left.putRow(1 + i, s.getRow(order[i]));
            } else if (fuse) {
                left.getRow(1 + kept).addi(s.getRow(order[i]).mul(scores[order[i]]));
            }
        }
        INDArray u = norm(left).mmul(net.getParam("0_fc1W")).addRowVector(net.getParam("0_fc1B"));
        INDArray h = u.mul(Transforms.sigmoid(u));
        return left.add(h.mmul(net.getParam("0_fc2W")).addRowVector(net.getParam("0_fc2B")));
    }

    @ParameterizedTest
    @CsvSource({"0.5, true, 4", "0.5, false, 4", "0.3, true, 3", "0.01, true, 1"})
    void tokensBehindAreThoseOfTheFormula(double keep, boolean fuse, int kept) {
        MultiLayerNetwork net = net(block().keepTokens(keep).fuse(fuse).build());
        INDArray x = input();
        INDArray found = tokens(net, x);
        for (int b = 0; b < BATCH; b++) {
            INDArray expected = byFormula(net, x.slice(b), kept, fuse);
            INDArray own = found.slice(b);
            assertEquals(expected.size(0), own.size(0));
            assertTrue(expected.equalsWithEps(own, 1e-6), () -> expected + " but " + own);
        }
        assertEquals(
                InputType.recurrent(FEATURES, found.size(1), RNNFormat.NWC),
                net.getLayerWiseConfigurations()
                        .getConf(0)
                        .getLayer()
                        .getOutputType(0, InputType.recurrent(FEATURES, TOKENS, RNNFormat.NWC)));
    }

    @ParameterizedTest
    @CsvSource({"1", "0.99", "0.8"}) // ⌈0.8·8⌉ = 7, and with the fused token as many as before
    void whereAsManyTokensWouldBeBehindNothingIsLeftOut(double keep) {
        INDArray x = input();
        INDArray plain = tokens(net(block().build()), x);
        assertEquals(plain, tokens(net(block().keepTokens(keep).build()), x));
    }

    @Test
    void theClassTokenDoesNotDependOnTheOrderOfTheOthers() {
        MultiLayerNetwork net = net(block().keepTokens(0.5).build());
        INDArray x = input();
        INDArray other = Nd4j.concat(
                1,
                x.get(NDArrayIndex.all(), NDArrayIndex.interval(0, 1), NDArrayIndex.all()),
                x.get(NDArrayIndex.all(), NDArrayIndex.interval(4, TOKENS), NDArrayIndex.all()),
                x.get(NDArrayIndex.all(), NDArrayIndex.interval(1, 4), NDArrayIndex.all()));
        assertTrue(net.output(x).equalsWithEps(net.output(other), 1e-10));
    }

    @Test
    void ofEqualScoresTheLowerIndexStays() {
        MultiLayerNetwork net = net(block().keepTokens(0.5).fuse(false).build());
        net.getParam("0_qkvW").assign(0); // all tokens receive the same
        INDArray x = input().muli(1000);
        INDArray found = tokens(net, x);
        assertEquals(1 + (TOKENS - 1) / 2, found.size(1));
        for (int t = 0; t < found.size(1); t++) {
            assertEquals(x.getDouble(1, t, 0), found.getDouble(1, t, 0), 100);
        }
    }

    @Test
    void inferenceAndTrainingLeaveOutTheSame() {
        MultiLayerNetwork net = net(block().keepTokens(0.5).build());
        INDArray x = input();
        assertEquals(net.feedForward(x, true).get(1), net.feedForward(x, false).get(1));
    }

    @Test
    void unusablePartsAreRefused() {
        for (double keep : List.of(0.0, -0.5, 1.5)) {
            String message = assertThrows(
                            IllegalStateException.class,
                            () -> net(block().keepTokens(keep).build()))
                    .getMessage();
            assertTrue(message.contains("(0, 1]") && message.contains(String.valueOf(keep)), message);
        }
        String shared = assertThrows(
                        IllegalStateException.class,
                        () -> net(block().keepTokens(0.5)
                                .postNorm(true)
                                .memorySharingNorm(true)
                                .build()))
                .getMessage();
        assertTrue(shared.contains("memorySharingNorm"), shared);
    }

    /** Patches without a class token, seen through layers between. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPatchIsNotTakenForAClassToken(boolean classToken) {
        for (TokenScore score : TokenScore.values()) {
            for (TokenPooling.Kind kind : TokenPooling.Kind.values()) {
                boolean fits = classToken || score == TokenScore.MEAN_RECEIVED && kind == TokenPooling.Kind.MEAN;
                Executable build = () -> new NeuralNetConfiguration.Builder()
                        .list()
                        .layer(new PatchEmbedding.Builder(4)
                                .nOut(FEATURES)
                                .classToken(classToken)
                                .build())
                        .layer(new DropoutLayer(0.9))
                        .layer(new ReversibleChain.Builder()
                                .subBlock(SubBlock.of("f", new TransformerMlp.Builder(12).build()))
                                .build())
                        .layer(block().build())
                        .layer(new LayerNormalization.Builder().build())
                        .layer(block().keepTokens(0.5).fuse(false).score(score).build())
                        .layer(new TokenPooling.Builder(kind).build())
                        .setInputType(InputType.convolutional(16, 16, 3))
                        .build();
                if (fits) {
                    assertDoesNotThrow(build);
                } else {
                    String message = assertThrows(Exception.class, build).getMessage();
                    assertTrue(message.contains("class token"), message);
                }
            }
        }
    }
}
