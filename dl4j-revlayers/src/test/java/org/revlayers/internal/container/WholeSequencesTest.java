package org.revlayers.internal.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.SubBlock;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.container.ResidualUnit;
import org.revlayers.layers.Compare;
import org.revlayers.layers.Tolerances;

/** Recurrent layers inside containers train over whole sequences; what needs state between calls is refused with a message. */
class WholeSequencesTest {

    private static final int N = 4;
    private static final int STEPS = 6;

    private static Layer lstm(String name) {
        return new LSTM.Builder()
                .name(name)
                .nIn(N)
                .nOut(N)
                .activation(Activation.TANH)
                .build();
    }

    private static ReversibleChain chain(SubBlock... blocks) {
        ReversibleChain.Builder chain = new ReversibleChain.Builder().name("body");
        List.of(blocks).forEach(chain::subBlock);
        return chain.build();
    }

    /** Containers, and how messages call them and the layer inside. */
    static Stream<Arguments> containers() {
        return Stream.of(
                Arguments.of(
                        chain(SubBlock.of("a", lstm("first")), SubBlock.of("b", lstm("second"))),
                        "chain \"body\"",
                        "LSTM \"a.first\""),
                Arguments.of(
                        chain(SubBlock.of("a", new FrozenLayerWithBackprop(lstm("x")))),
                        "chain \"body\"",
                        "LSTM \"a.0\""),
                Arguments.of(
                        new CheckpointSequence.Builder()
                                .layers(new MaskZeroLayer(lstm("x"), 0))
                                .name("body")
                                .build(),
                        "checkpoint sequence \"body\"",
                        "LSTM \""),
                Arguments.of(
                        new RazorSequence.Builder()
                                .layers(new ResidualUnit.Builder()
                                        .name("unit")
                                        .main(new SimpleRnn.Builder()
                                                .name("rnn")
                                                .nIn(N)
                                                .nOut(N)
                                                .build())
                                        .build())
                                .name("body")
                                .build(),
                        "razor sequence \"body\"",
                        "SimpleRnn \"unit."),
                Arguments.of(
                        new ResidualUnit.Builder()
                                .name("body")
                                .main(new Bidirectional(Bidirectional.Mode.ADD, lstm("both")))
                                .build(),
                        "residual unit \"body\"",
                        "Bidirectional \""));
    }

    private static RnnOutputLayer head() {
        return new RnnOutputLayer.Builder()
                .nIn(N)
                .nOut(2)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private static NeuralNetConfiguration.Builder global() {
        return new NeuralNetConfiguration.Builder().seed(5).updater(new Adam(1e-2));
    }

    private static MultiLayerNetwork net(BackpropType backprop, Layer... layers) {
        NeuralNetConfiguration.ListBuilder list = global().list();
        List.of(layers).forEach(layer -> list.layer(layer.clone()));
        MultiLayerNetwork net = new MultiLayerNetwork(list.layer(head())
                .setInputType(InputType.recurrent(N, STEPS))
                .backpropType(backprop)
                .tBPTTLength(2)
                .build());
        net.init();
        return net;
    }

    private static ComputationGraph graph(BackpropType backprop, Layer body) {
        ComputationGraph net = new ComputationGraph(global().graphBuilder()
                .addInputs("in")
                .addLayer("body", body.clone(), "in")
                .addLayer("out", head(), "body")
                .setOutputs("out")
                .setInputTypes(InputType.recurrent(N, STEPS))
                .backpropType(backprop)
                .tBPTTLength(2)
                .build());
        net.init();
        return net;
    }

    private static DataSet data() {
        INDArray x = Transforms.sin(Nd4j.linspace(DataType.DOUBLE, 0, 17.7, 3L * N * STEPS))
                .reshape('c', 3, N, STEPS)
                .castTo(DataType.FLOAT);
        INDArray y = Nd4j.zeros(DataType.FLOAT, 3, 2, STEPS);
        for (int i = 0; i < 3; i++) {
            for (int t = 0; t < STEPS; t++) {
                y.putScalar(new int[] {i, x.getDouble(i, 0, t) > 0 ? 1 : 0, t}, 1);
            }
        }
        return new DataSet(x, y);
    }

    private static INDArray step(INDArray sequence, int t) {
        return sequence.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.point(t))
                .dup('c');
    }

    private static void refused(Runnable call, String... words) {
        String message =
                assertThrows(UnsupportedOperationException.class, call::run).getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), () -> "\"" + word + "\" is not in: " + message);
        }
    }

    @ParameterizedTest
    @MethodSource("containers")
    void standardBackpropagationTrains(Layer body, String container, String inside) {
        MultiLayerNetwork net = net(BackpropType.Standard, body);
        ComputationGraph graph = graph(BackpropType.Standard, body);
        double before = net.score(data());
        double graphBefore = graph.score(data());
        for (int i = 0; i < 15; i++) {
            net.fit(data());
            graph.fit(data());
        }
        assertTrue(net.score(data()) < before, "score");
        assertTrue(graph.score(data()) < graphBefore, "score of the graph");
    }

    /** Wrapped recurrent layers have parameters, updaters and gradients as outside of a container. */
    @ParameterizedTest
    @MethodSource("wrapped")
    void wrappedLayersTrainAsOutside(Layer layer) {
        MultiLayerNetwork plain = net(BackpropType.Standard, layer);
        MultiLayerNetwork inside = net(
                BackpropType.Standard,
                new CheckpointSequence.Builder()
                        .layers(layer.clone())
                        .name("body")
                        .build());
        inside.setParams(plain.params().dup());
        for (int i = 0; i < 3; i++) {
            plain.fit(data());
            inside.fit(data());
        }
        Compare.same(plain.params(), inside.params(), "parameters");
    }

    static Stream<Layer> wrapped() {
        return Stream.of(
                new MaskZeroLayer(lstm("x"), 0),
                new Bidirectional(Bidirectional.Mode.ADD, lstm("x")),
                new MaskZeroLayer(new Bidirectional(Bidirectional.Mode.AVERAGE, lstm("x")), 0),
                new FrozenLayerWithBackprop(lstm("x")));
    }

    @ParameterizedTest
    @MethodSource("containers")
    void timeStepsAreRefused(Layer body, String container, String inside) {
        INDArray x = data().getFeatures();
        MultiLayerNetwork net = net(BackpropType.Standard, body);
        INDArray before = net.output(x).dup();
        refused(() -> net.rnnTimeStep(step(x, 0)), container, inside, "rnnTimeStep", "output(...)");
        net.rnnClearPreviousState();
        Compare.same(before, net.output(x), "output after the refusal");
        ComputationGraph graph = graph(BackpropType.Standard, body);
        refused(() -> graph.rnnTimeStep(step(x, 0)), container, inside, "rnnTimeStep", "output(...)");
        graph.rnnClearPreviousState();
        graph.output(x);
        assertEquals(Map.of(), graph.rnnGetPreviousState("body"));
    }

    @ParameterizedTest
    @MethodSource("containers")
    void truncatedBackpropagationIsRefused(Layer body, String container, String inside) {
        MultiLayerNetwork net = net(BackpropType.TruncatedBPTT, body);
        INDArray before = net.params().dup();
        refused(() -> net.fit(data()), container, inside, "truncated", "BackpropType.Standard");
        Compare.same(before, net.params(), "parameters");
        ComputationGraph graph = graph(BackpropType.TruncatedBPTT, body);
        refused(() -> graph.fit(data()), container, inside, "truncated", "BackpropType.Standard");
    }

    /** State that users hand from one network to another is empty. */
    @Test
    void thereIsNoStateToSet() {
        MultiLayerNetwork net = net(BackpropType.Standard, chain(SubBlock.of("a", lstm("x"))));
        net.rnnSetPreviousState(0, net.rnnGetPreviousState(0));
        refused(
                () -> net.rnnSetPreviousState(0, Map.of("prevAct", Nd4j.ones(1))),
                "chain \"body\"",
                "rnnSetPreviousState");
    }

    /** Without a recurrent layer inside, DL4J runs a container between recurrent layers as it runs a dense layer. */
    @Test
    void otherContainersGoOnInRecurrentNetworks() {
        Layer dense = new DenseLayer.Builder()
                .nIn(N)
                .nOut(N)
                .activation(Activation.TANH)
                .build();
        MultiLayerNetwork net =
                net(BackpropType.TruncatedBPTT, lstm("outside"), chain(SubBlock.of("a", dense)), lstm("behind"));
        net.fit(data());
        INDArray x = data().getFeatures();
        INDArray whole = net.output(x);
        net.rnnClearPreviousState();
        for (int t = 0; t < STEPS; t++) {
            Compare.near(step(whole, t), net.rnnTimeStep(step(x, t)), Tolerances.FLOAT_ORDER, "step " + t);
        }
    }
}
