package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.container.ResidualUnit;
import org.revlayers.reversible.CoefficientSchedule;

/** A chain, wherever it is, catches up with updates of its network that were made elsewhere, as on Spark's executors; one that is frozen does not. */
class ChainCountTest {

    private static Layer dense() {
        return new DenseLayer.Builder()
                .nOut(ChainNets.FEATURES)
                .activation(Activation.TANH)
                .build();
    }

    private static ReversibleChain chain(String name) {
        return new ReversibleChain.Builder()
                .subBlock(SubBlock.of("a", dense()))
                .subBlock(SubBlock.of("b", dense()))
                .schedule(CoefficientSchedule.over(40))
                .name(name)
                .build();
    }

    static Stream<Arguments> places() {
        return Stream.of(
                place("alone", chain -> chain),
                place("checkpointed", chain -> new CheckpointSequence.Builder()
                        .layers(dense(), chain)
                        .build()),
                place("razor", chain -> new RazorSequence.Builder()
                        .layers(dense(), chain)
                        .build()),
                place(
                        "residual",
                        chain -> new ResidualUnit.Builder().main(chain, dense()).build()),
                place("two deep", chain -> new CheckpointSequence.Builder()
                        .layers(new ResidualUnit.Builder().main(chain, dense()).build())
                        .build()),
                place("in a chain", chain -> new ReversibleChain.Builder()
                        .subBlock(SubBlock.of("outer0", chain))
                        .subBlock(SubBlock.of("outer1", dense()))
                        .schedule(CoefficientSchedule.constant(1, 0.125))
                        .build()));
    }

    private static Arguments place(String name, UnaryOperator<Layer> around) {
        return Arguments.of(name, around);
    }

    private static MultiLayerNetwork net(Layer middle) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Sgd(0.01))
                .list()
                .layer(dense())
                .layer(middle)
                .layer(new OutputLayer.Builder()
                        .nOut(ChainNets.CLASSES)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.feedForward(ChainNets.FEATURES))
                .build());
        net.init();
        return net;
    }

    private static DataSet data() {
        return ChainNets.flatData(DataType.FLOAT, 4);
    }

    private static int step(Layer layer) {
        if (layer instanceof ReversibleChain chain
                && !chain.innerLayers().values().stream().anyMatch(ReversibleChain.class::isInstance)) {
            return chain.getScheduleStep();
        }
        return ((org.revlayers.internal.container.ContainerLayer) layer)
                .innerLayers().values().stream()
                        .filter(org.revlayers.internal.container.ContainerLayer.class::isInstance)
                        .mapToInt(ChainCountTest::step)
                        .findFirst()
                        .orElseThrow();
    }

    private static Layer middle(MultiLayerNetwork net) {
        Layer layer = net.getLayer(1).conf().getLayer();
        return layer instanceof FrozenLayerWithBackprop frozen
                ? frozen.getUnderlying()
                : layer instanceof FrozenLayer frozen ? frozen.getLayer() : layer;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("places")
    void updatesThatWereMadeElsewhereCount(String name, UnaryOperator<Layer> around) {
        MultiLayerNetwork net = net(around.apply(chain("chain")));
        net.fit(data());
        net.fit(data());
        assertEquals(2, step(middle(net)));
        net.getLayer(1).setIterationCount(9);
        assertEquals(9, step(middle(net)));
        MultiLayerNetwork copy = net.clone();
        assertEquals(9, step(middle(copy)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("places")
    void whatIsFrozenStays(String name, UnaryOperator<Layer> around) {
        for (UnaryOperator<Layer> freeze :
                List.<UnaryOperator<Layer>>of(FrozenLayer::new, FrozenLayerWithBackprop::new)) {
            MultiLayerNetwork net = net(freeze.apply(around.apply(chain("chain"))));
            net.fit(data());
            net.fit(data());
            net.fit(data());
            assertEquals(0, step(middle(net)));
        }
    }
}
