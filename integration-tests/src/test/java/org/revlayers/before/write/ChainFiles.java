package org.revlayers.before.write;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.SubBlock;
import org.revlayers.container.RazorSequence;
import org.revlayers.container.ResidualUnit;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.MultiHeadSelfAttention;
import org.revlayers.layers.ScaleLayer;
import org.revlayers.layers.TransformerMlp;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;
import org.revlayers.reversible.StreamType;

/** Reversible chains with every choice that they have, saved in the middle of their schedules. */
final class ChainFiles {

    private ChainFiles() {}

    static void write(Writer to) {
        for (ChainMode mode : ChainMode.values()) {
            Layer layer = tokens().mode(mode).schedule(moving().build()).build();
            to.network(
                    "chain-mode-" + BlockFiles.low(mode),
                    Nets.netOnTokens(ContainerFiles.mlp(), layer, overwriting()),
                    Nets.ON_TOKENS);
        }
        schedules(to);
        for (StreamType streams : StreamType.values()) {
            if (streams != StreamType.DOUBLE) {
                chain(to, "streams-" + BlockFiles.low(streams), tokens().streams(streams));
            }
        }
        chain(
                to,
                "streams-double",
                tokens().schedule(CoefficientSchedule.constant(1, 0.125))
                        .streams(StreamType.DOUBLE)
                        .tolerance(1e-15));
        List<Layer> ends = new ArrayList<>();
        for (StreamStart start : StreamStart.values()) {
            for (StreamMerge merge : StreamMerge.values()) {
                if (start == StreamStart.SPLIT == (merge == StreamMerge.CONCAT)) {
                    ends.add(tokens().start(start).merge(merge).build());
                }
            }
        }
        to.network("chain-ends", Nets.init(Nets.onTokens(ends.toArray(Layer[]::new))), Nets.ON_TOKENS);
        chain(to, "wide", tokens().merge(StreamMerge.CONCAT).streamScale(20).verify(false));
        chain(to, "stem-exit", tokens().stem(mlp()).exit(norm()).scheduleStep(2).schedule(moving().build()));
        parts(to);
        images(to);
        Layer frozen = new FrozenLayer(tokens().schedule(moving().build()).build());
        to.network("chain-frozen", Nets.init(Nets.onTokens(frozen, mlp())), Nets.ON_TOKENS);
        configurations(to);
    }

    private static void schedules(Writer to) {
        chain(
                to,
                "cosine",
                tokens().schedule(moving().shape(CoefficientSchedule.Shape.COSINE)
                        .steps(16)
                        .build()));
        chain(
                to,
                "return",
                tokens().schedule(
                                moving().totalIterations(5).returnFraction(0.6).build()));
        chain(to, "momentum", tokens().schedule(CoefficientSchedule.momentum(0.875)));
        chain(
                to,
                "momentum-moving",
                tokens().schedule(moving().alphaStart(1.5)
                        .betaStart(-0.5)
                        .alphaEnd(1.875)
                        .betaEnd(-0.875)
                        .build()));
    }

    private static void parts(Writer to) {
        Layer thinned = new RazorSequence.Builder()
                .layers(norm(), mlp())
                .memory(Memory.razor(0.5).values(RazorValues.FULL))
                .build();
        Layer sum = new ResidualUnit.Builder()
                .main(mlp())
                .shortcut(new ScaleLayer(0.5))
                .build();
        chain(
                to,
                "parts",
                new ReversibleChain.Builder()
                        .subBlock(SubBlock.of("thinned", thinned).mode(ChainMode.STORE))
                        .subBlock(SubBlock.of("after", new MultiHeadSelfAttention.Builder(2).build())
                                .after(norm()))
                        .subBlock(SubBlock.of("scaled", mlp(), new ScaleLayer(0.25))
                                .mode(ChainMode.CHECKPOINT))
                        .subBlock(SubBlock.of("sum", sum).residual(false))
                        .subBlock(SubBlock.of("frozen", new FrozenLayerWithBackprop(mlp())))
                        .schedule(CoefficientSchedule.constant(0.75, 0.25)));
    }

    private static void images(Writer to) {
        for (boolean stock : new boolean[] {false, true}) {
            ReversibleChain.Builder chain =
                    new ReversibleChain.Builder().schedule(moving().build()).stockHosts(stock);
            for (int i = 0; i < 2; i++) {
                chain.subBlock(SubBlock.of(
                                "f" + i,
                                Nets.convolution(Nets.CHANNELS, Activation.IDENTITY),
                                new BatchNormalization(),
                                Nets.relu(),
                                Nets.convolution(Nets.CHANNELS, Activation.IDENTITY))
                        .after(Nets.relu()));
            }
            Layer layer = chain.build();
            Layer stem = Nets.convolution(Nets.CHANNELS, Activation.TANH);
            to.network("chain-images" + (stock ? "-stock" : ""), Nets.init(Nets.onImages(stem, layer)), Nets.ON_IMAGES);
        }
    }

    private static void configurations(Writer to) {
        Layer layer = tokens().schedule(
                        moving().endFraction(0.3).returnFraction(0.2).build())
                .mode(ChainMode.CHECKPOINT)
                .streams(StreamType.FLOAT)
                .start(StreamStart.ZERO)
                .merge(StreamMerge.AVERAGE)
                .scheduleStep(1)
                .tolerance(1e-4)
                .verify(false)
                .stockHosts(true)
                .updater(new Sgd(0.1))
                .l2(1e-3)
                .name("everything")
                .build();
        to.configuration("options-chain", Nets.onTokens(layer), Nets.ON_TOKENS);
    }

    static CoefficientSchedule.CoefficientScheduleBuilder moving() {
        return CoefficientSchedule.builder().totalIterations(10);
    }

    private static ReversibleChain.Builder tokens() {
        return new ReversibleChain.Builder()
                .subBlock(SubBlock.of("attention", norm(), new MultiHeadSelfAttention.Builder(2).build()))
                .subBlock(SubBlock.of("mlp", norm(), mlp()));
    }

    private static Layer norm() {
        return new LayerNormalization.Builder().build();
    }

    /** Its input dropout writes over the chain's output, which the chain notices and is saved with. */
    private static Layer overwriting() {
        return new TransformerMlp.Builder(3).nOut(Nets.FEATURES).dropOut(0.8).build();
    }

    private static Layer mlp() {
        return new TransformerMlp.Builder(3).build();
    }

    private static void chain(Writer to, String name, ReversibleChain.Builder chain) {
        Layer layer = chain.build();
        to.network("chain-" + name, Nets.init(Nets.onTokens(ContainerFiles.mlp(), layer)), Nets.ON_TOKENS);
    }
}
