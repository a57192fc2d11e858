package org.revlayers.spark;

import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.provider.Arguments;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.Lean;
import org.revlayers.MemoryPlanner;
import org.revlayers.Reprogram;
import org.revlayers.chain.OdeSolver;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.ReversibleOde;
import org.revlayers.chain.SubBlock;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.convert.ReprogramOptions;
import org.revlayers.keep.Memory;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.MultiHeadSelfAttention;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TokenScore;
import org.revlayers.layers.TransformerMlp;
import org.revlayers.plan.Exactness;
import org.revlayers.reversible.CoefficientSchedule;

/** What {@link Networks} has not: plans, fewer tokens, random signs, and layers that conversions do not make. */
final class OtherNetworks {

    private OtherNetworks() {}

    static Stream<Arguments> lists() {
        CoefficientSchedule schedule = AveragingTest.SCHEDULE;
        return Stream.of(
                of("plan, exact", () -> planned(Exactness.SAME_FUNCTION)),
                of("plan, new function", () -> planned(Exactness.NEW_FUNCTION)),
                of("tokens dropped", () -> Reprogram.convert(
                                Networks.list(3),
                                ReprogramOptions.builder()
                                        .train(2)
                                        .dropAt(1)
                                        .score(TokenScore.MEAN_RECEIVED)
                                        .fuse(false)
                                        .build())
                        .network()),
                of("random signs", () -> Lean.convert(
                                Networks.list(2), Memory.reversible(CoefficientSchedule.randomSigns(0.125)))
                        .network()),
                of(
                        "chain in a checkpoint",
                        () -> list(new CheckpointSequence.Builder()
                                .layers(chain(schedule), mlp())
                                .build())),
                of(
                        "chain in a chain",
                        () -> list(new ReversibleChain.Builder()
                                .subBlock(SubBlock.of("outer", chain(schedule)))
                                .subBlock(SubBlock.of("mlp", mlp()))
                                .schedule(schedule)
                                .build())),
                of("frozen chain", OtherNetworks::frozen),
                of(
                        "ODE",
                        () -> list(new ReversibleOde.Builder()
                                .layers(mlp(), new MultiHeadSelfAttention.Builder(2).build())
                                .solver(OdeSolver.ALF)
                                .steps(3)
                                .timeChannel(true)
                                .build())));
    }

    private static Arguments of(String name, Supplier<MultiLayerNetwork> make) {
        return Arguments.of(name, make);
    }

    static MultiLayerNetwork frozen() {
        return list(new FrozenLayerWithBackprop(chain(AveragingTest.SCHEDULE)));
    }

    private static MultiLayerNetwork planned(Exactness allowed) {
        MultiLayerNetwork net = Networks.list(3);
        return MemoryPlanner.of(net, Networks.batches(1, 8, true, 0).get(0))
                .budget("70%")
                .allow(allowed)
                .schedule(AveragingTest.SCHEDULE)
                .solve()
                .apply();
    }

    private static MultiLayerNetwork list(Layer layer) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(7)
                .updater(new Adam(3e-3))
                .list(
                        mlp(),
                        layer,
                        new TokenPooling.Builder(TokenPooling.Kind.MEAN).build(),
                        new OutputLayer.Builder()
                                .nOut(Networks.CLASSES)
                                .activation(Activation.SOFTMAX)
                                .build())
                .setInputType(InputType.recurrent(Networks.FEATURES, Networks.TOKENS, RNNFormat.NWC))
                .build());
        net.init();
        return net;
    }

    private static Layer mlp() {
        return new TransformerMlp.Builder(12).nOut(Networks.FEATURES).build();
    }

    private static ReversibleChain chain(CoefficientSchedule schedule) {
        return new ReversibleChain.Builder()
                .subBlock(SubBlock.of(
                        "attention",
                        new LayerNormalization.Builder().build(),
                        new MultiHeadSelfAttention.Builder(2).build()))
                .subBlock(SubBlock.of("mlp", new LayerNormalization.Builder().build(), mlp()))
                .schedule(schedule)
                .build();
    }
}
