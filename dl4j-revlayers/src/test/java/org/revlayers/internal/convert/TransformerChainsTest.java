package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.Lean;
import org.revlayers.chain.ChainHost;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Sample;
import org.revlayers.function.Norm;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.models.VisionTransformer;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;

/** Rows of transformer blocks as chains: same function at (1, 0), same parameters, and back. */
class TransformerChainsTest {

    private static final int TOKENS = 5;
    private static final int FEATURES = 8;

    /** Kinds of blocks. */
    enum Kind {
        PRE,
        POST,
        RMS,
        MEMORY_SHARING,
        LAYER_SCALE,
        DROP_PATH;

        TransformerBlock block(int i) {
            TransformerBlock.Builder b =
                    new TransformerBlock.Builder(2).name("block_" + i).mlp(16).postNorm(this == POST);
            b = switch (this) {
                case RMS -> b.norm(Norm.RMS, 1e-6);
                case MEMORY_SHARING -> b.memory(Memory.approx());
                case LAYER_SCALE -> b.layerScale(0.5);
                case DROP_PATH -> b.dropPath(0.3);
                default -> b;
            };
            return b.build();
        }
    }

    private static MultiLayerNetwork net(Kind kind, DataType type) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(3)
                .dataType(type)
                .updater(new Adam(1e-2))
                .weightInit(WeightInit.XAVIER)
                .list();
        for (int i = 0; i < 3; i++) {
            list.layer(kind.block(i));
        }
        MultiLayerNetwork net = new MultiLayerNetwork(list.layer(new TokenPooling.Builder(TokenPooling.Kind.MEAN)
                        .name("pooling")
                        .build())
                .layer(new LayerNormalization.Builder().build())
                .layer(new OutputLayer.Builder()
                        .name("output")
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.recurrent(FEATURES, TOKENS, RNNFormat.NWC))
                .build());
        net.init();
        for (int i = 0; i < 3; i++) {
            net.fit(data(type));
        }
        return net;
    }

    private static DataSet data(DataType type) {
        INDArray x = Transforms.sin(Nd4j.linspace(DataType.DOUBLE, 0, 9.7, 4 * TOKENS * FEATURES))
                .reshape('c', 4, TOKENS, FEATURES)
                .castTo(type);
        return new DataSet(x, Nd4j.eye(2).castTo(type).repeat(0, 2).dup('c'));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void computesTheSameAtOneAndZero(Kind kind) {
        MultiLayerNetwork net = net(kind, DataType.DOUBLE);
        INDArray[] sample = {data(DataType.DOUBLE).getFeatures()};
        Conversion<MultiLayerNetwork> result = Lean.convert(net, Memory.reversible(), Sample.of(sample));
        ConversionReport report = result.report();
        assertEquals(
                List.of(new ConversionReport.Unit("chain", "chain1", List.of("block_0", "block_1", "block_2"), 6)),
                report.chains());
        assertEquals(0, report.comparison().plain(), 1e-13, report.toString());
        assertTrue(report.comparison().start() > 1e-6, "1/8 of the state before must show: " + report);
        assertEquals(net.numParams(), result.network().numParams());
        assertEquals(net.getIterationCount(), result.network().getIterationCount());
    }

    /** At (1, 0) the chain is the network, so each block's gradients are to be normalised as they are there: the same updates. */
    @ParameterizedTest
    @EnumSource(value = Kind.class, mode = EnumSource.Mode.EXCLUDE, names = "DROP_PATH") // draws of its own
    void gradientsAreNormalisedBlockByBlock(Kind kind) {
        Memory options = Memory.reversible(CoefficientSchedule.constant(1, 0)).mode(ChainMode.CHECKPOINT);
        for (GradientNormalization normalization : GradientNormalization.values()) {
            MultiLayerConfiguration conf =
                    net(kind, DataType.DOUBLE).getLayerWiseConfigurations().clone();
            for (int i = 0; i < 3; i++) {
                TransformerBlock block = (TransformerBlock) conf.getConf(i).getLayer();
                block.setGradientNormalization(normalization);
                block.setGradientNormalizationThreshold(0.01);
                block.setIUpdater(new Sgd(0.1));
            }
            MultiLayerNetwork net = new MultiLayerNetwork(conf);
            net.init();
            MultiLayerNetwork chain = Lean.convert(net, options).network();
            for (int step = 0; step < 2; step++) {
                net.fit(data(DataType.DOUBLE));
                chain.fit(data(DataType.DOUBLE));
            }
            Compare.near(net.params(), Lean.restore(chain).params(), 1e-12, "after " + normalization);
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void comesBackWithTheSameBits(Kind kind) {
        MultiLayerNetwork net = net(kind, DataType.FLOAT);
        MultiLayerNetwork back =
                Lean.restore(Lean.convert(net, Memory.reversible()).network());
        assertEquals(net.paramTable().keySet(), back.paramTable().keySet());
        assertEquals(net.params(), back.params());
        assertEquals(net.getUpdater().getStateViewArray(), back.getUpdater().getStateViewArray());
        assertEquals(net.getLayerWiseConfigurations(), back.getLayerWiseConfigurations());
        DataSet data = data(DataType.FLOAT);
        if (kind != Kind.DROP_PATH) {
            net.fit(data);
            back.fit(data);
            assertEquals(net.params(), back.params());
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void trainsAlikeInAllModes(Kind kind) {
        MultiLayerNetwork net = net(kind, DataType.FLOAT);
        DataSet data = data(DataType.FLOAT);
        INDArray expected = null;
        for (ChainMode mode : ChainMode.values()) {
            MultiLayerNetwork converted = Lean.convert(
                            net,
                            Memory.reversible(CoefficientSchedule.builder()
                                            .totalIterations(20)
                                            .build())
                                    .mode(mode))
                    .network();
            for (int i = 0; i < 5; i++) {
                converted.fit(data);
            }
            if (expected == null) {
                expected = converted.params();
                assertEquals(5, ((ChainHost) converted.getLayer(0)).verifiedReconstructions());
            }
            assertTrue(expected.equalsWithEps(converted.params(), 0), mode.toString());
        }
    }

    @Test
    void saysWhyNothingIsConverted() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list()
                .layer(new DenseLayer.Builder().nIn(2).nOut(2).name("dense").build())
                .layer(new OutputLayer.Builder().nIn(2).nOut(2).name("output").build())
                .build());
        net.init();
        String message = assertThrows(IllegalArgumentException.class, () -> Lean.convert(net, Memory.reversible()))
                .getMessage();
        assertTrue(message.contains("nothing to convert") && message.contains("dense"), message);
        assertThrows(IllegalArgumentException.class, () -> Lean.restore(net, null));
    }

    @Test
    void anEmbeddingCanBecomeTheStem() {
        MultiLayerNetwork net = VisionTransformer.builder()
                .features(16)
                .heads(2)
                .depth(2)
                .height(32)
                .width(32)
                .classes(2)
                .updater(new Adam(1e-2))
                .build()
                .init();
        INDArray images = Transforms.sin(Nd4j.linspace(DataType.FLOAT, 0, 99.0, 4 * 3 * 32 * 32))
                .reshape('c', 4, 3, 32, 32);
        DataSet data = new DataSet(images, Nd4j.eye(2).repeat(0, 2).dup('c'));
        net.fit(data);
        Memory options = Memory.reversible();
        MultiLayerNetwork without = Lean.convert(net, options).network();
        Conversion<MultiLayerNetwork> with = Lean.convert(net, options.stem(true), Sample.of(images));
        assertEquals(
                List.of("embedding", "block0", "block1"),
                with.report().chains().get(0).members());
        assertEquals(0, with.report().comparison().plain(), 1e-5);
        MultiLayerNetwork inside = with.network();
        assertEquals(without.output(images), inside.output(images));
        MultiLayerNetwork back = Lean.restore(inside);
        assertEquals(net.getLayerWiseConfigurations(), back.getLayerWiseConfigurations());
        assertEquals(net.params(), back.params());
        without.fit(data);
        inside.fit(data);
        assertEquals(without.params(), inside.params());
        assertEquals(
                without.getUpdater().getStateViewArray(), inside.getUpdater().getStateViewArray());
    }

    @Test
    void learningRatesReachTheBlocksAndComeBack() {
        MultiLayerNetwork net = Lean.convert(net(Kind.POST, DataType.FLOAT), Memory.reversible())
                .network();
        net.setLearningRate(0); // ND4J takes it for a very small one
        INDArray before = net.params().dup();
        net.fit(data(DataType.FLOAT));
        Compare.near(before, net.params(), 1e-6, "parameters");
        net.setLearningRate(0.25);
        MultiLayerNetwork back = Lean.restore(net);
        for (int i = 0; i < 3; i++) {
            assertEquals(
                    0.25,
                    ((TransformerBlock) back.getLayer(i).conf().getLayer())
                            .getIUpdater()
                            .getLearningRate(0, 0));
        }
    }

    @Test
    void takesAFrozenBlockThatBackwardGoesThrough() {
        for (boolean backprop : new boolean[] {false, true}) {
            MultiLayerConfiguration conf =
                    net(Kind.PRE, DataType.FLOAT).getLayerWiseConfigurations().clone();
            Layer block = conf.getConf(0).getLayer();
            Layer frozen = backprop ? new FrozenLayerWithBackprop(block) : new FrozenLayer(block);
            frozen.setLayerName("block_0");
            conf.getConf(0).setLayer(frozen);
            MultiLayerNetwork net = new MultiLayerNetwork(conf);
            net.init();
            ConversionReport report = Lean.convert(net, Memory.reversible()).report();
            List<String> members = backprop ? List.of("block_0", "block_1", "block_2") : List.of("block_1", "block_2");
            assertEquals(members, report.chains().get(0).members());
            if (backprop) {
                continue;
            }
            ConversionReport.Left left = report.left().get(0);
            assertEquals("block_0", left.name());
            assertTrue(left.reason().startsWith("frozen") && left.reason().contains("thaw it"), left.reason());
        }
    }

    @Test
    void leavesWhatIsExcepted() {
        MultiLayerNetwork net = net(Kind.PRE, DataType.FLOAT);
        Conversion<MultiLayerNetwork> result =
                Lean.convert(net, Memory.reversible().except("block_0"));
        assertTrue(result.network().getLayer(0).conf().getLayer() instanceof TransformerBlock);
        assertEquals(
                4,
                ((ReversibleChain) result.network().getLayer(1).conf().getLayer())
                        .getSubBlocks()
                        .size());
        assertTrue(result.report().left().contains(new ConversionReport.Left("block_0", "excepted")));
    }
}
