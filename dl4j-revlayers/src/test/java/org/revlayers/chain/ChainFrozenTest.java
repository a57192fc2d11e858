package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.layers.Compare;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.Tolerances;
import org.revlayers.layers.TransformerMlp;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamStart;

/** Frozen layers inside, in front of and around a chain stay as they are, and what follows them learns; masks go in and through. */
class ChainFrozenTest {

    private static final InputType INPUT = InputType.feedForward(ChainNets.FEATURES);

    private static Layer dense() {
        return new DenseLayer.Builder()
                .nOut(ChainNets.FEATURES)
                .activation(Activation.TANH)
                .build();
    }

    private static DataSet data(DataType type) {
        return ChainNets.flatData(type, 4);
    }

    static Stream<Arguments> freezers() {
        return Stream.of(
                Arguments.of("FrozenLayer", (UnaryOperator<Layer>) FrozenLayer::new),
                Arguments.of("FrozenLayerWithBackprop", (UnaryOperator<Layer>) FrozenLayerWithBackprop::new));
    }

    /** Complaint: nothing trains behind a frozen prefix (peft #1142). */
    @ParameterizedTest(name = "{0}")
    @MethodSource("freezers")
    void aFrozenPrefixStillTrainsWhatFollows(String name, UnaryOperator<Layer> freeze) {
        List<INDArray> all = new ArrayList<>();
        for (ChainMode mode : ChainMode.values()) {
            ReversibleChain chain = new ReversibleChain.Builder()
                    .schedule(CoefficientSchedule.constant(0.5, 0.5))
                    .subBlock(SubBlock.of(
                            "a",
                            freeze.apply(new BatchNormalization()),
                            freeze.apply(dense()),
                            freeze.apply(new DropoutLayer(0.5))))
                    .subBlock(SubBlock.of(
                            "b",
                            freeze.apply(new LayerNormalization.Builder().build()),
                            new TransformerMlp.Builder(5).build()))
                    .subBlock(SubBlock.of("c", dense(), freeze.apply(new TransformerMlp.Builder(5).build())))
                    .mode(mode)
                    .build();
            MultiLayerNetwork net = ChainNets.net(chain, DataType.FLOAT, INPUT, o -> o.l2(0.1));
            List<String> frozen = net.paramTable().keySet().stream()
                    .filter(k -> k.startsWith("0_a") || k.startsWith("0_b.0") || k.startsWith("0_c.1"))
                    .toList();
            assertEquals(4 + 2 + 2 + 4, frozen.size());
            MultiLayerNetwork before = net.clone();
            for (int i = 0; i < 3; i++) {
                net.fit(data(DataType.FLOAT));
            }
            net.paramTable().forEach((key, value) -> {
                if (frozen.contains(key)) {
                    Compare.same(before.getParam(key), value, key);
                } else {
                    Compare.different(before.getParam(key), value, key);
                }
            });
            all.add(net.params());
        }
        all.forEach(params -> Compare.same(all.get(0), params, "modes"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("freezers")
    void aFrozenLayerInFrontLetsTheChainLearn(String name, UnaryOperator<Layer> freeze) {
        ReversibleChain chain = new ReversibleChain.Builder()
                .subBlock(SubBlock.of("a", dense()))
                .subBlock(SubBlock.of("b", dense()))
                .build();
        MultiLayerNetwork net = ChainNets.net(freeze.apply(dense()), DataType.FLOAT, INPUT, o -> {}, chain);
        INDArray front = net.getLayer(0).params().dup();
        INDArray body = net.getLayer(1).params().dup();
        net.fit(data(DataType.FLOAT));
        Compare.same(front, net.getLayer(0).params(), "in front");
        for (String key : List.of("1_a.0.W", "1_b.0.b")) {
            Compare.different(
                    net.getParam(key).like(), ChainNets.gradient(net, data(DataType.FLOAT)), "gradient of " + key);
        }
        Compare.different(body, net.getLayer(1).params(), "the chain");
    }

    @Test
    void transferLearningFreezesTheChain() {
        ReversibleChain chain = new ReversibleChain.Builder()
                .name("chain")
                .subBlock(SubBlock.of("a", dense()))
                .subBlock(SubBlock.of("b", dense()))
                .schedule(CoefficientSchedule.builder().totalIterations(4).build())
                .build();
        MultiLayerNetwork net = ChainNets.net(chain, DataType.FLOAT, INPUT, o -> {});
        net.fit(data(DataType.FLOAT));
        ComputationGraph graph = ChainNets.graph(net, INPUT);
        MultiLayerNetwork tuned =
                new TransferLearning.Builder(net).setFeatureExtractor(0).build();
        ComputationGraph tunedGraph = new TransferLearning.GraphBuilder(graph)
                .setFeatureExtractor("chain")
                .build();
        INDArray head = tuned.getLayer(1).params().dup();
        for (int i = 0; i < 3; i++) {
            tuned.fit(data(DataType.FLOAT));
            tunedGraph.fit(data(DataType.FLOAT));
        }
        Compare.same(net.getLayer(0).params(), tuned.getLayer(0).params(), "frozen in the network");
        Compare.same(net.getLayer(0).params(), tunedGraph.getLayer("chain").params(), "frozen in the graph");
        Compare.different(head, tuned.getLayer(1).params(), "the head learns");
        Compare.same(tuned.getLayer(1).params(), tunedGraph.getLayer("output").params(), "the same in both");
    }

    private static Layer recurrent() {
        return new SimpleRnn.Builder()
                .nOut(ChainNets.FEATURES)
                .activation(Activation.TANH)
                .build();
    }

    /** F alone is a stock network: (0, 1), y₀ = 0. */
    @Test
    void masksReachTheLayersInsideAndBehind() {
        InputType sequences = InputType.recurrent(ChainNets.FEATURES, 4, RNNFormat.NCW);
        for (boolean exit : new boolean[] {false, true}) {
            ReversibleChain.Builder chain = new ReversibleChain.Builder()
                    .subBlock(exit ? SubBlock.of("f", recurrent()) : SubBlock.of("f", recurrent(), recurrent()))
                    .start(StreamStart.ZERO);
            if (exit) {
                chain.exit(recurrent());
            }
            MultiLayerNetwork net =
                    ChainNets.net(chain.build(), DataType.DOUBLE, sequences, o -> {}, new GlobalPoolingLayer());
            MultiLayerNetwork stock = ChainNets.net(
                    recurrent(), DataType.DOUBLE, sequences, o -> {}, recurrent(), new GlobalPoolingLayer());
            stock.setParams(net.params().dup());
            DataSet data = ChainNets.data(DataType.DOUBLE, 3, ChainNets.FEATURES, 4);
            INDArray unmasked = net.output(data.getFeatures()).dup();
            data.setFeaturesMaskArray(Nd4j.createFromArray(new double[][] {{1, 1, 1, 1}, {1, 0, 1, 0}, {0, 0, 1, 1}}));
            INDArray mask = data.getFeaturesMaskArray();
            INDArray masked = net.output(data.getFeatures(), false, mask, null);
            Compare.near(
                    stock.output(data.getFeatures(), false, mask, null), masked, Tolerances.DOUBLE_ORDER, "output");
            Compare.different(unmasked, masked, "the mask counts");
            for (int i = 0; i < 2; i++) {
                net.fit(data);
                stock.fit(data);
            }
            Compare.near(stock.params(), net.params(), Tolerances.DOUBLE_ORDER, "parameters");
        }
    }
}
