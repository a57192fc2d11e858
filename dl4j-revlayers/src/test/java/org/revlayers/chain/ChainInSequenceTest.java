package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.keep.Memory;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.memory.MemoryReport;
import org.revlayers.reversible.CoefficientSchedule;

/** A chain inside another container computes what it computes as a layer of the network, and keeps what it says. */
class ChainInSequenceTest {

    static final int FEATURES = 6;

    /** Where a chain of three sub-blocks stands between two dense layers. */
    enum Place {
        NETWORK,
        SEQUENCE,
        CHECKPOINT,
        TWO_DEEP;

        List<Layer> layers(Layer... inside) {
            return switch (this) {
                case NETWORK -> List.of(inside);
                case SEQUENCE -> List.of(sequence(inside));
                case CHECKPOINT -> List.of(new CheckpointSequence.Builder()
                        .name("outer")
                        .layers(inside)
                        .build());
                case TWO_DEEP -> List.of(sequence(
                        inside[0],
                        new RazorSequence.Builder()
                                .name("deep")
                                .layers(inside[1])
                                .memory(Memory.store())
                                .build(),
                        inside[2]));
            };
        }

        static Layer sequence(Layer... layers) {
            return new RazorSequence.Builder()
                    .name("outer")
                    .layers(layers)
                    .memory(Memory.store())
                    .build();
        }
    }

    static DenseLayer dense(String name) {
        return new DenseLayer.Builder()
                .name(name)
                .nOut(FEATURES)
                .activation(Activation.TANH)
                .build();
    }

    static ReversibleChain chain() {
        return new ReversibleChain.Builder()
                .name("chain")
                .subBlock(SubBlock.of("a", dense("f")))
                .subBlock(SubBlock.of("b", dense("f")).after(dense("r")))
                .subBlock(SubBlock.of("c", dense("f")))
                .exit(dense("exit"))
                .schedule(CoefficientSchedule.over(8))
                .build();
    }

    private static MultiLayerNetwork net(Place place, boolean frozen) {
        Layer chain = frozen ? new FrozenLayerWithBackprop(chain()) : chain();
        if (frozen) {
            chain.setLayerName("chain");
        }
        return net(place.layers(dense("first"), chain, dense("last")));
    }

    /** A network with three classes behind these layers. */
    static MultiLayerNetwork net(List<Layer> layers) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.FLOAT)
                .updater(new Sgd(0.1))
                .list();
        layers.forEach(list::layer);
        MultiLayerNetwork net = new MultiLayerNetwork(
                list.layer(new OutputLayer.Builder().nOut(3).build())
                        .setInputType(InputType.feedForward(FEATURES))
                        .build());
        net.init();
        return net;
    }

    static DataSet data(int seed) {
        INDArray x = Nd4j.randn(Nd4j.getRandomFactory().getNewRandomInstance(1 + seed), new long[] {5, FEATURES});
        INDArray y = Nd4j.zeros(DataType.FLOAT, 5, 3);
        for (int i = 0; i < 5; i++) {
            y.putScalar(i, i % 3, 1);
        }
        return new DataSet(x, y);
    }

    private static MultiLayerNetwork trained(Place place, boolean frozen, int steps) {
        MultiLayerNetwork net = net(place, frozen);
        net.params().assign(Nd4j.linspace(DataType.FLOAT, -0.4, 0.8 / net.numParams(), net.numParams()));
        for (int i = 0; i < steps; i++) {
            net.fit(data(i));
        }
        return net;
    }

    private static void same(MultiLayerNetwork expected, MultiLayerNetwork actual) {
        assertEquals(expected.params(), actual.params());
        assertEquals(expected.output(data(9).getFeatures()), actual.output(data(9).getFeatures()));
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void itTrainsToTheSameBits(Place place) {
        same(trained(Place.NETWORK, false, 6), trained(place, false, 6));
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void frozenItStays(Place place) {
        same(trained(Place.NETWORK, true, 4), trained(place, true, 4));
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void aCopyIsWhereItsScheduleIs(Place place) {
        MultiLayerNetwork net = trained(place, false, 4);
        MultiLayerNetwork copy = net.clone();
        assertEquals(net.output(data(9).getFeatures()), copy.output(data(9).getFeatures()));
        net.fit(data(4));
        copy.fit(data(4));
        same(net, copy);
    }

    @Test
    void whatItKeepsIsPredicted() {
        MultiLayerNetwork net = trained(Place.SEQUENCE, false, 2);
        MemoryListener memory = new MemoryListener();
        net.addListeners(memory);
        net.fit(data(2));
        List<MemoryReport.Row> rows = memory.report().rows().stream()
                .filter(row -> row.layer().equals("outer") && !row.category().equals("output"))
                .toList();
        assertTrue(rows.stream().anyMatch(row -> row.tensor().contains("side")), rows::toString);
        rows.forEach(row -> assertEquals(row.predicted(), row.bytes(), rows::toString));
    }
}
