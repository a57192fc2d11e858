package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.function.InPlaceFunction;
import org.revlayers.layers.InPlaceBatchNorm;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.StreamType;

/** What cannot work is refused when the network is built, with the ODE's name, the invariant, the value and a remedy. */
class OdeErrorsTest {

    record Case(String name, Supplier<ReversibleOde.Builder> ode, DataType type, String... words) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case flat(String name, Supplier<ReversibleOde.Builder> ode, String... words) {
        return new Case(name, ode, DataType.FLOAT, words);
    }

    private static ReversibleOde.Builder ode() {
        return OdeNets.DENSE.ode();
    }

    private static ReversibleOde.Builder with(Layer... layers) {
        return new ReversibleOde.Builder().name("ode").layers(layers);
    }

    static Stream<Case> cases() {
        Layer sequence = new CheckpointSequence.Builder()
                .layers(OdeNets.dense(5, Activation.TANH), new BatchNormalization())
                .build();
        return Stream.of(
                flat("no layers", () -> with(), "has no f", "layers(...)"),
                flat("no steps", () -> ode().steps(0), "at least one step, not 0", "steps(10)"),
                flat("no time", () -> ode().time(2, 2), "times that differ, not 2.0 and 2.0", "time(0, 1)"),
                flat("endless", () -> ode().time(0, Double.POSITIVE_INFINITY), "finite times", "Infinity"),
                flat("no solver", () -> ode().solver(null), "has no solver", "OdeSolver.ALF"),
                flat(
                        "another shape",
                        () -> with(OdeNets.dense(4, Activation.TANH)),
                        "gives the shape of z",
                        "as many outputs as z has features"),
                flat(
                        "norm",
                        () -> ode().layers(new BatchNormalization()),
                        "BatchNormalization in f, \"2.\"",
                        "freeze it"),
                flat("norm in a container", () -> with(sequence), "BatchNormalization in f, \"0.1.\""),
                flat("chain", () -> with(ode().build()), "a chain or an ODE in f, \"ode.\"", "CheckpointSequence"),
                flat("tolerance", () -> ode().tolerance(1), "0 < tolerance < 1, not 1.0"),
                flat("scale", () -> ode().streamScale(31), "0 to 30 bits, not 31"),
                new Case("exact", () -> ode().streams(StreamType.EXACT), DataType.DOUBLE, "use StreamType.DOUBLE"),
                flat(
                        "underscore",
                        () -> with(OdeNets.dense(5, Activation.TANH), named("a_b")),
                        "\"a_b\"",
                        "rename it"));
    }

    private static Layer named(String name) {
        return new DenseLayer.Builder()
                .name(name)
                .nOut(5)
                .activation(Activation.TANH)
                .build();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void isRefused(Case c) {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> OdeNets.DENSE.net(c.ode.get().build(), c.type));
        assertTrue(e.getMessage().contains("ODE \"ode\""), e.getMessage());
        for (String word : c.words) {
            assertTrue(e.getMessage().contains(word), () -> "\"" + word + "\" in: " + e.getMessage());
        }
    }

    @Test
    void aFrozenNormIsAFunctionLikeAnyOther() {
        ReversibleOde ode =
                ode().layers(new FrozenLayer(new BatchNormalization())).build();
        MultiLayerNetwork net = OdeNets.DENSE.net(ode, DataType.FLOAT);
        assertTrue(ChainNets.gradient(net, OdeNets.DENSE.data(DataType.FLOAT, 3))
                        .norm2Number()
                        .doubleValue()
                > 0.01);
    }

    /** Its running statistics stand still, so one set for all steps is right. */
    @Test
    void anInPlaceNormWithFrozenStatisticsLearns() {
        List<INDArray> gradients = Stream.of(ChainMode.REVERSE, ChainMode.STORE)
                .map(mode -> {
                    InPlaceBatchNorm norm = new InPlaceBatchNorm.Builder()
                            .function(InPlaceFunction.IDENTITY)
                            .frozenStatistics(true)
                            .build();
                    ReversibleOde ode = ode().layers(norm).mode(mode).build();
                    MultiLayerNetwork net = OdeNets.DENSE.net(ode, DataType.FLOAT);
                    return ChainNets.gradient(net, OdeNets.DENSE.data(DataType.FLOAT, 3))
                            .dup();
                })
                .toList();
        assertTrue(gradients.get(0).norm2Number().doubleValue() > 0.01);
        assertEquals(gradients.get(1), gradients.get(0));
        InPlaceBatchNorm moving = new InPlaceBatchNorm.Builder().build();
        assertThrows(
                IllegalArgumentException.class,
                () -> OdeNets.DENSE.net(ode().layers(moving).build(), DataType.FLOAT));
    }

    /** Without an input type the shape shows when the first array comes. */
    @Test
    void anFOfAnotherShapeIsRefusedAtTheFirstForward() {
        ReversibleOde ode =
                with(new DenseLayer.Builder().nIn(5).nOut(4).build()).build();
        MultiLayerNetwork net = new MultiLayerNetwork(new org.deeplearning4j.nn.conf.NeuralNetConfiguration.Builder()
                .list()
                .layer(ode)
                .build());
        net.init();
        INDArray x = OdeNets.DENSE.input(DataType.FLOAT, 2);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> net.feedForward(x));
        assertTrue(e.getMessage().contains("z is [2, 5], f gives [2, 4]"), e.getMessage());
    }

    @Test
    void aValueBeyondTheRangeStopsTheStep() {
        MultiLayerNetwork net = OdeNets.DENSE.net(
                ode().layers(new ActivationLayer(Activation.CUBE))
                        .streamScale(20)
                        .time(0, 1e4)
                        .build(),
                DataType.FLOAT);
        INDArray before = net.params().dup();
        ArithmeticException e = assertThrows(
                ArithmeticException.class, () -> ChainNets.gradient(net, OdeNets.DENSE.data(DataType.FLOAT, 3)));
        assertTrue(
                e.getMessage().startsWith("chain \"ode\", ") && e.getMessage().contains("nothing was updated"),
                e.getMessage());
        assertEquals(before, net.params());
    }
}
