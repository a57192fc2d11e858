package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.BaseActivationFunction;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.container.ResidualUnit;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.reversible.ChainMode;

/** How often a training step computes each function: once where it is stored, once more in backward where it is not, and never again. */
class RecomputationCountTest {

    private static final List<String> NAMES = List.of("a", "b", "c");

    /** x + 0.1, and how often it was computed, by name. */
    private static final class Counting extends BaseActivationFunction {
        private static final long serialVersionUID = 1L;
        private static final Map<String, Integer> CALLS = new ConcurrentHashMap<>();
        private final String name;

        Counting(String name) {
            this.name = name;
        }

        @Override
        public INDArray getActivation(INDArray in, boolean training) {
            CALLS.merge(name, 1, Integer::sum);
            return in.addi(0.1);
        }

        @Override
        public Pair<INDArray, INDArray> backprop(INDArray in, INDArray epsilon) {
            return new Pair<>(epsilon, null);
        }

        @Override
        public String toString() {
            return "counting";
        }
    }

    /** A layer of the user's own, which has no host of this library. */
    private static final class Custom extends ActivationLayer {
        private static final long serialVersionUID = 1L;

        Custom(String name) {
            super(new Counting(name));
        }
    }

    private static Layer[] function(Function<String, Layer> counting, String name) {
        return new Layer[] {
            new DenseLayer.Builder()
                    .nIn(ChainNets.FEATURES)
                    .nOut(ChainNets.FEATURES)
                    .activation(Activation.TANH)
                    .build(),
            counting.apply(name)
        };
    }

    /** The numbers of the second training step: the first one also chooses the range of exact streams and asks for shapes. */
    private static Map<String, Integer> calls(Layer container) {
        MultiLayerNetwork net =
                ChainNets.net(container, DataType.FLOAT, InputType.feedForward(ChainNets.FEATURES), o -> {});
        net.fit(ChainNets.flatData(DataType.FLOAT, 3));
        Counting.CALLS.clear();
        net.fit(ChainNets.flatData(DataType.FLOAT, 3));
        return Map.copyOf(Counting.CALLS);
    }

    /** Forwards of layers whose implementation is DL4J's: on a device no call of theirs stays open until backward. */
    private static int stock(ChainMode mode) {
        return mode == ChainMode.STORE || Devices.current() == null ? 2 : 3;
    }

    private static void assertCalls(int expected, Layer container) {
        assertEquals(
                Map.of("a", expected, "b", expected, "c", expected), calls(container), "forwards of each function");
    }

    private static ReversibleChain chain(ChainMode mode, Function<String, Layer> counting) {
        ReversibleChain.Builder chain =
                new ReversibleChain.Builder().name("chain").mode(mode);
        NAMES.forEach(name -> chain.subBlock(SubBlock.of(name, function(counting, name))));
        return chain.build();
    }

    static Stream<Arguments> modes() {
        return Stream.of(
                Arguments.of(ChainMode.REVERSE, 2),
                Arguments.of(ChainMode.CHECKPOINT, 2),
                Arguments.of(ChainMode.STORE, 1));
    }

    @ParameterizedTest
    @MethodSource("modes")
    void eachFunctionOfAChain(ChainMode mode, int forwards) {
        assertCalls(forwards, chain(mode, name -> new ActivationLayer(new Counting(name))));
    }

    /** What DL4J's implementation keeps inside is dropped where backward does not follow at once, and computed again in backward: see StockInner. */
    @ParameterizedTest
    @EnumSource(ChainMode.class)
    void aCustomLayerTwice(ChainMode mode) {
        assertCalls(stock(mode), chain(mode, Custom::new));
    }

    @ParameterizedTest
    @EnumSource(ChainMode.class)
    void stockHostsTwice(ChainMode mode) {
        ReversibleChain chain = chain(mode, name -> new ActivationLayer(new Counting(name)));
        chain.setStockHosts(true);
        assertCalls(stock(mode), chain);
    }

    @Test
    void aCustomLayerOfASequenceTwice() {
        assertCalls(
                stock(ChainMode.CHECKPOINT),
                new CheckpointSequence.Builder()
                        .layers(new Custom("a"), new Custom("b"), new Custom("c"))
                        .build());
        assertCalls(
                2,
                new RazorSequence.Builder()
                        .layers(new Custom("a"), new Custom("b"), new Custom("c"))
                        .build());
    }

    /** A mode of one sub-block's own does not change how often the others run. */
    @Test
    void mixedModes() {
        ReversibleChain chain = chain(ChainMode.REVERSE, name -> new ActivationLayer(new Counting(name)));
        chain.getSubBlocks().get(1).setMode(ChainMode.STORE);
        assertEquals(Map.of("a", 2, "b", 1, "c", 2), calls(chain));
    }

    @Test
    void sequences() {
        List<Layer> layers = new ArrayList<>();
        NAMES.forEach(name -> layers.addAll(List.of(function(n -> new ActivationLayer(new Counting(n)), name))));
        Layer[] all = layers.toArray(Layer[]::new);
        assertCalls(2, new CheckpointSequence.Builder().layers(all).build());
        assertCalls(1, new RazorSequence.Builder().layers(all).build());
        assertCalls(1, new ResidualUnit.Builder().main(all).build());
    }
}
