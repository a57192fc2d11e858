package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.revlayers.internal.memory.Arena;
import org.revlayers.layers.MultiHeadSelfAttention;
import org.revlayers.layers.TokenPooling;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamStart;
import org.revlayers.reversible.StreamType;

/** What cannot work is refused when the network is built, with the chain's name, the invariant, the value and a remedy. */
class ChainErrorsTest {

    private static final InputType FLAT = InputType.feedForward(4);

    record Case(String name, Supplier<ReversibleChain.Builder> chain, DataType type, InputType input, String... words) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case flat(String name, Supplier<ReversibleChain.Builder> chain, String... words) {
        return new Case(name, chain, DataType.FLOAT, FLAT, words);
    }

    private static DenseLayer.Builder dense(int n) {
        return new DenseLayer.Builder().nOut(n).activation(Activation.TANH);
    }

    private static SubBlock block(String name) {
        return SubBlock.of(name, dense(4).build());
    }

    private static ReversibleChain.Builder chain(SubBlock... blocks) {
        ReversibleChain.Builder chain = new ReversibleChain.Builder();
        for (SubBlock block : blocks) {
            chain.subBlock(block);
        }
        return chain;
    }

    private static ReversibleChain.Builder inside(Layer... layers) {
        return chain(block("a"), SubBlock.of("b", layers));
    }

    static Stream<Case> cases() {
        CoefficientSchedule pretrained = CoefficientSchedule.constant(1, 0);
        return Stream.of(
                flat("no sub-blocks", () -> chain(), "has no sub-blocks", "add one with subBlock("),
                flat("no layers", () -> inside(), "without layers, \"b\"", "remove it"),
                flat("same name", () -> chain(block("a"), block("a")), "the name \"a\"", "names are unique"),
                flat("reserved name", () -> chain(block("exit")), "\"exit\"", "exit are taken"),
                flat("underscore", () -> chain(block("a_1")), "without underscores", "\"a_1\"", "rename it"),
                flat("dot", () -> chain(block("a.1")), "\"a.1\""),
                flat("no name", () -> chain(block(null)), "a sub-block is named \"null\""),
                flat("layer name", () -> inside(dense(4).name("fc_1").build()), "a layer is named \"fc_1\""),
                flat(
                        "same layer name",
                        () -> inside(
                                dense(4).name("fc").build(), dense(4).name("fc").build()),
                        "two layers",
                        "\"b.fc.…\"",
                        "names of their own"),
                flat("tolerance", () -> chain(block("a")).tolerance(1), "0 < tolerance < 1, not 1.0"),
                flat("scale", () -> chain(block("a")).streamScale(31), "0 to 30 bits, not 31"),
                flat("β = 0", () -> chain(block("a")).schedule(pretrained), "\"a\" at β = 0", "CHECKPOINT or STORE"),
                flat(
                        "schedule",
                        () -> chain(block("a"))
                                .schedule(CoefficientSchedule.builder().build()),
                        "totalIterations"),
                flat(
                        "weight noise inside",
                        () -> inside(dense(4).weightNoise(new DropConnect(0.5)).build()),
                        "weight noise in \"b.0.\"",
                        "remove it"),
                flat(
                        "weight noise",
                        () -> chain(block("a")).weightNoise(new DropConnect(0.5)),
                        "weight noise",
                        "other layers"),
                flat(
                        "a loss",
                        () -> inside(new OutputLayer.Builder(LossFunctions.LossFunction.MSE)
                                .nOut(4)
                                .name("loss")
                                .build()),
                        "\"loss\"",
                        "behind the container"),
                flat("other size", () -> inside(dense(3).build()), "\"b\" maps", "end the chain before it"),
                flat(
                        "other layout",
                        () -> inside(new ConvolutionLayer.Builder(1, 1).nOut(4).build()),
                        "\"b\": Invalid input for Convolution layer",
                        "Expected CNN input"),
                new Case(
                        "odd split",
                        () -> chain(block("a")).start(StreamStart.SPLIT),
                        DataType.FLOAT,
                        InputType.feedForward(5),
                        "even number",
                        "it has 5"),
                new Case(
                        "cannot split",
                        () -> chain(SubBlock.of("a", new ActivationLayer(Activation.TANH)))
                                .start(StreamStart.SPLIT),
                        DataType.FLOAT,
                        InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, 2, 2, 2, 4),
                        "changes the number of features of feed-forward, recurrent and convolutional inputs",
                        "put a layer in front"),
                new Case(
                        "EXACT in DOUBLE",
                        () -> chain(block("a")).streams(StreamType.EXACT),
                        DataType.DOUBLE,
                        FLAT,
                        "EXACT streams, which are for FLOAT",
                        "use StreamType.DOUBLE"),
                new Case(
                        "FLOAT in DOUBLE",
                        () -> chain(block("a")).streams(StreamType.FLOAT),
                        DataType.DOUBLE,
                        FLAT,
                        "FLOAT streams in a DOUBLE network",
                        "use StreamType.DOUBLE"),
                new Case(
                        "features first",
                        () -> chain(
                                SubBlock.of("a", new LSTM.Builder().nOut(4).build()),
                                SubBlock.of("b", new MultiHeadSelfAttention.Builder(2).build())),
                        DataType.FLOAT,
                        InputType.recurrent(4, 3, RNNFormat.NCW),
                        "does not read",
                        "preprocessor"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyErrorNamesTheRemedy(Case c) {
        Exception error = assertThrows(
                RuntimeException.class,
                () -> ChainNets.net(c.chain.get().name("body").build(), c.type, c.input, o -> {}));
        String message = error.getMessage();
        assertTrue(message.contains("chain \"body\"") || c.name.equals("schedule") || c.name.equals("a loss"), message);
        for (String word : c.words) {
            assertTrue(message.contains(word), () -> "\"" + word + "\" is not in: " + message);
        }
    }

    @Test
    void wrongInputsAreRefusedAndTheNetworkGoesOn() {
        MultiLayerNetwork net = ChainNets.net(
                chain(SubBlock.of("a", new MultiHeadSelfAttention.Builder(2).build()))
                        .build(),
                DataType.FLOAT,
                InputType.recurrent(4, 3, RNNFormat.NWC),
                o -> {},
                new TokenPooling.Builder(TokenPooling.Kind.MEAN).build());
        long live = Arena.current().liveBytes();
        Exception error = assertThrows(RuntimeException.class, () -> net.output(Nd4j.ones(DataType.FLOAT, 2, 3, 5)));
        assertTrue(error.getMessage().contains("[2, 3, 5]"), error.getMessage());
        net.output(Nd4j.ones(DataType.FLOAT, 2, 3, 4));
        assertTrue(live == Arena.current().liveBytes(), "nothing stays live");
    }
}
