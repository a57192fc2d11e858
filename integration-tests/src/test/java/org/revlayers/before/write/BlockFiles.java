package org.revlayers.before.write;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.function.Curve;
import org.revlayers.function.Norm;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.keep.TokenRazor;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.TransformerBlock;

/** Transformer blocks with every choice that they have. */
final class BlockFiles {

    private BlockFiles() {}

    /** The first one is called plain in the names of files. */
    static final List<Memory> MEMORIES = List.of(Memory.store(), Memory.recompute(), Memory.approx());

    static void write(Writer to) {
        for (Memory memory : BlockFiles.MEMORIES) {
            blocks(to, word(memory), block().memory(memory));
        }
        blocks(
                to,
                "pre",
                block().activationMemory(ActivationMemory.FP16),
                block().curve(Curve.GELU_TANH).memory(Memory.approx()),
                block().curve(Curve.SILU).activationMemory(ActivationMemory.TWO_BIT),
                block().norm(Norm.RMS, 1e-5),
                block().norm(Norm.RMS, 1e-5).memorySharingNorm(true),
                block().keepProbabilities(true));
        blocks(
                to,
                "scale-drop",
                block().layerScale(0.3).dropPath(0.25),
                block().memory(Memory.approx()).layerScale(0.3).dropPath(0.25),
                block().postNorm(true).layerScale(0.3).dropPath(0.25).norm(Norm.RMS, 1e-6));
        blocks(
                to,
                "post",
                block().postNorm(true),
                block().postNorm(true).memory(Memory.approx()).outputAffine(true));
        thinned(to);
    }

    private static void thinned(Writer to) {
        List<TransformerBlock> values = new ArrayList<>();
        for (RazorValues kept : RazorValues.values()) {
            for (RazorFill fill : RazorFill.values()) {
                values.add(with(new TokenRazor(new Thinning(0.6, kept, fill), null, fill == RazorFill.MEAN), block()));
            }
        }
        blocks(to, "razor-values", values.toArray(TransformerBlock[]::new));
        List<TransformerBlock> memories = new ArrayList<>();
        for (ActivationMemory memory : ActivationMemory.values()) {
            Thinning forward = new Thinning(0.4, RazorValues.FULL, RazorFill.MEAN, memory == ActivationMemory.FP16);
            memories.add(with(new TokenRazor(forward, memory, true), block()));
        }
        blocks(to, "razor-memories", memories.toArray(TransformerBlock[]::new));
        TokenRazor most = new TokenRazor(new Thinning(0.9, RazorValues.FULL, RazorFill.ZERO), null, false);
        blocks(
                to,
                "razor-orders",
                with(most, block().memory(Memory.approx())),
                with(most, block().postNorm(true)),
                with(most, block().postNorm(true).memory(Memory.approx()).outputAffine(true)),
                with(most, block().layerScale(0.3).dropPath(0.25)));
    }

    private static void blocks(Writer to, String name, TransformerBlock.Builder... blocks) {
        blocks(to, name, Stream.of(blocks).map(TransformerBlock.Builder::build).toArray(Layer[]::new));
    }

    private static TransformerBlock with(TokenRazor razor, TransformerBlock.Builder builder) {
        TransformerBlock block = builder.build();
        block.setRazor(razor);
        return block;
    }

    private static void blocks(Writer to, String name, Layer... layers) {
        to.network("block-" + name, Nets.init(Nets.onTokens(layers)), Nets.ON_TOKENS);
    }

    static TransformerBlock.Builder block() {
        return new TransformerBlock.Builder(2).mlp(3);
    }

    static String word(Memory memory) {
        return memory.equals(Memory.store()) ? "plain" : memory.toString();
    }

    static String low(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
