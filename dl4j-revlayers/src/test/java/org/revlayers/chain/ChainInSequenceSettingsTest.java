package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.revlayers.chain.ChainInSequenceTest.FEATURES;
import static org.revlayers.chain.ChainInSequenceTest.chain;
import static org.revlayers.chain.ChainInSequenceTest.data;
import static org.revlayers.chain.ChainInSequenceTest.dense;

import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.chain.ChainInSequenceTest.Place;
import org.revlayers.container.RazorSequence;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorFill;
import org.revlayers.reversible.ChainMode;

/** What is set on a chain inside another container, and on layers inside that, has the effect that it has elsewhere. */
class ChainInSequenceSettingsTest {

    @ParameterizedTest
    @EnumSource(Place.class)
    void aBiasKeepsItsOwnUpdater(Place place) {
        DenseLayer own = dense("own");
        own.setBiasUpdater(new Sgd(0.3));
        ReversibleChain chain = new ReversibleChain.Builder()
                .name("chain")
                .subBlock(SubBlock.of("a", own))
                .subBlock(SubBlock.of("b", dense("other")))
                .build();
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .updater(new Sgd(0.1))
                .biasUpdater(new Sgd(0.2))
                .list();
        place.layers(dense("first"), chain, dense("last")).forEach(list::layer);
        MultiLayerNetwork net = new MultiLayerNetwork(
                list.setInputType(InputType.feedForward(FEATURES)).build());
        net.init();
        assertEquals(new Sgd(0.3), updater(net, "a.own.b"));
        assertEquals(new Sgd(0.2), updater(net, "b.other.b"));
        assertEquals(new Sgd(0.1), updater(net, "a.own.W"));
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void aRazorInsideIsSwitchedBetweenSteps(Place place) {
        RazorSequence razor = new RazorSequence.Builder()
                .name("thin")
                .layers(dense("f"), dense("g"))
                .memory(Memory.razor(0.9).fill(RazorFill.ZERO))
                .build();
        ReversibleChain chain = new ReversibleChain.Builder()
                .name("chain")
                .mode(ChainMode.STORE)
                .subBlock(SubBlock.of("a", razor))
                .subBlock(SubBlock.of("b", dense("f")))
                .build();
        MultiLayerNetwork net = ChainInSequenceTest.net(place.layers(dense("first"), chain, dense("last")));
        INDArray thinned = ChainNets.gradient(net, data(0));
        razor.setMemory(Memory.store());
        INDArray exact = ChainNets.gradient(net, data(0));
        assertNotEquals(thinned, exact);
        assertEquals(ChainNets.gradient(net.clone(), data(0)), exact);
    }

    /** Of a container, in front of its input: as a dropout layer there. */
    @Test
    void itsOwnDropoutIsApplied() {
        ReversibleChain chain = chain();
        chain.setIDropout(new Dropout(0.5));
        MultiLayerNetwork own = ofSequence(dense("first"), chain, dense("last"));
        MultiLayerNetwork layer = ofSequence(
                dense("first"), new DropoutLayer.Builder(0.5).name("drop").build(), chain(), dense("last"));
        layer.params().assign(own.params());
        INDArray plain = ChainNets.gradient(ofSequence(dense("first"), chain(), dense("last")), data(0));
        assertEquals(ChainNets.gradient(layer, data(0)), ChainNets.gradient(own, data(0)));
        assertNotEquals(plain, ChainNets.gradient(own, data(0)));
    }

    private static MultiLayerNetwork ofSequence(Layer... inside) {
        return ChainInSequenceTest.net(List.of(Place.sequence(inside)));
    }

    private static IUpdater updater(MultiLayerNetwork net, String parameter) {
        for (org.deeplearning4j.nn.api.Layer layer : net.getLayers()) {
            for (String name : layer.paramTable().keySet()) {
                if (name.endsWith(parameter)) {
                    return layer.conf().getLayer().getUpdaterByParam(name);
                }
            }
        }
        throw new AssertionError(parameter);
    }
}
