package org.revlayers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
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
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.SubBlock;
import org.revlayers.convert.Conversion;
import org.revlayers.keep.Memory;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.reversible.CoefficientSchedule;

/** Networks some of whose blocks leave tokens out, in conversions and plans. */
class DroppingBlocksTest {

    private static final int TOKENS = 17;
    private static final int FEATURES = 16;
    private static final int DROPPING = 2;
    private static final int BLOCKS = 5;

    private static MultiLayerNetwork net(boolean post) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Sgd(0.1))
                .list();
        for (int i = 0; i < BLOCKS; i++) {
            list.layer(new TransformerBlock.Builder(2)
                    .mlp(32)
                    .postNorm(post)
                    .keepTokens(i == DROPPING ? 0.5 : 1)
                    .name("block" + i)
                    .build());
        }
        return finished(list);
    }

    private static MultiLayerNetwork finished(NeuralNetConfiguration.ListBuilder list) {
        MultiLayerNetwork net =
                new MultiLayerNetwork(list.layer(new TokenPooling.Builder(TokenPooling.Kind.CLASS_TOKEN).build())
                        .layer(new OutputLayer.Builder()
                                .nOut(3)
                                .activation(Activation.SOFTMAX)
                                .build())
                        .setInputType(InputType.recurrent(FEATURES, TOKENS, RNNFormat.NWC))
                        .build());
        net.init();
        return net;
    }

    private static DataSet batch() {
        Nd4j.getRandom().setSeed(8);
        return new DataSet(
                Nd4j.randn(DataType.FLOAT, 4, TOKENS, FEATURES),
                Nd4j.eye(4).get(NDArrayIndex.all(), NDArrayIndex.interval(0, 3)).dup('c'));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDropEndsAChainAndSaysSo(boolean post) {
        Conversion<MultiLayerNetwork> lean =
                Lean.convert(net(post), Memory.reversible(CoefficientSchedule.constant(1, 0.125)));
        List<ReversibleChain> chains = Arrays.stream(lean.network().getLayers())
                .map(layer -> layer.conf().getLayer())
                .filter(ReversibleChain.class::isInstance)
                .map(ReversibleChain.class::cast)
                .toList();
        assertEquals(2, chains.size(), () -> lean.report().toString());
        assertTrue(lean.report().toString().contains("leaves tokens out"), () -> lean.report()
                .toString());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void checkpointsAndPlansTrainToTheSame(boolean post) {
        MultiLayerNetwork plain = net(post);
        MultiLayerNetwork checkpointed =
                Lean.convert(net(post), Memory.checkpoint()).network();
        MemoryPlan plan = MemoryPlanner.of(net(post), batch()).budget("60%").solve();
        MultiLayerNetwork planned = plan.apply();
        for (MultiLayerNetwork net : List.of(plain, checkpointed, planned)) {
            net.fit(batch());
            net.fit(batch());
        }
        INDArray expected = plain.output(batch().getFeatures());
        for (MultiLayerNetwork net : List.of(checkpointed, planned)) {
            INDArray found = net.output(batch().getFeatures());
            assertTrue(expected.equalsWithEps(found, 1e-5), () -> expected + " but " + found);
        }
    }

    @Test
    void normsOfAPostNormBlockThatDropsStay() {
        MultiLayerNetwork net = net(true);
        INDArray x = batch().getFeatures();
        MultiLayerNetwork lean = Lean.convert(net, Memory.sharedNorms()).network();
        assertEquals(false, ((TransformerBlock) lean.getLayer(DROPPING).conf().getLayer()).isMemorySharingNorm());
        assertTrue(((TransformerBlock) lean.getLayer(0).conf().getLayer()).isMemorySharingNorm());
        assertTrue(net.output(x).equalsWithEps(lean.output(x), 1e-4));
    }

    @Test
    void aChainRefusesOne() {
        TransformerBlock dropping =
                new TransformerBlock.Builder(2).mlp(32).keepTokens(0.5).build();
        ReversibleChain chain = new ReversibleChain.Builder()
                .subBlock(SubBlock.of("f", dropping))
                .build();
        String message = assertThrows(RuntimeException.class, () -> finished(
                                new NeuralNetConfiguration.Builder().list().layer(chain))
                        .fit(batch()))
                .getMessage();
        assertTrue(message.contains("shape"), message);
    }
}
