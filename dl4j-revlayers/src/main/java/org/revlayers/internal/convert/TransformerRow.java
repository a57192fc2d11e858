package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.SubBlock;
import org.revlayers.function.Norm;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.keep.Memory;
import org.revlayers.layers.BranchScaling;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.MemorySharingLayerNorm;
import org.revlayers.layers.MemorySharingRmsNorm;
import org.revlayers.layers.MultiHeadSelfAttention;
import org.revlayers.layers.NormLayer;
import org.revlayers.layers.RmsNormalization;
import org.revlayers.layers.TokenLayer;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.layers.TransformerMlp;

/**
 * Consecutive {@link TransformerBlock}s as one chain: each gives an attention and an MLP sub-block. Of post-LN blocks the norms behind the
 * additions become the entry of the sub-block behind, the last one the chain's exit.
 */
final class TransformerRow {

    /** A plain FrozenLayer ends back-propagation; a chain's frozen layers pass gradients on. */
    static final String FROZEN =
            "frozen, and backward ends here: it keeps nothing inside as it is. To have it in a chain"
                    + " all the same, thaw it before the conversion, or freeze it by FrozenLayerWithBackprop";

    static final String ATTENTION = "attention";
    static final String MLP = "mlp";

    /** As they are given: some may be frozen. */
    private final List<Layer> layers;

    private final List<TransformerBlock> blocks;
    private final List<String> names;

    TransformerRow(List<Layer> layers, List<String> names) {
        SafeNames safe = new SafeNames();
        this.layers = layers;
        this.blocks = layers.stream().map(TransformerRow::block).toList();
        this.names = names.stream().map(name -> safe.of(name, "")).toList();
    }

    /** What a chain was made of, without its stem. */
    static List<Layer> blocks(ReversibleChain chain) {
        return chain.getOrigin().stream().filter(TransformerRow::isBlock).toList();
    }

    /** Whether a layer is a block, frozen or not. */
    static boolean isBlock(Layer layer) {
        return Wrappers.thawed(layer) instanceof TransformerBlock;
    }

    private static TransformerBlock block(Layer layer) {
        return (TransformerBlock) Wrappers.thawed(layer);
    }

    /** Whether a layer can be inside a chain, in front of its streams. */
    static boolean isStem(Layer layer) {
        return layer instanceof TokenLayer token
                && !(layer instanceof TransformerBlock)
                && token.getIDropout() == null
                && token.getWeightNoise() == null
                && (token.getConstraints() == null || token.getConstraints().isEmpty());
    }

    /** Why a layer cannot be part of a row; null if it can. */
    static String obstacle(Layer layer) {
        if (!(Wrappers.thawed(layer) instanceof TransformerBlock block)) {
            return "not a residual block";
        }
        if (layer instanceof FrozenLayer) {
            return FROZEN;
        }
        if (block.isPostNorm() && block.isMemorySharingNorm()) {
            return "post-LN with memory-sharing norms reads its norms twice: convert the plain network";
        }
        if (block.getKeepTokens() < 1) {
            return "it leaves tokens out, and a chain has as many at its end as at its beginning";
        }
        if (block.getIDropout() != null) {
            return "it has dropout on its input, which both edges read";
        }
        if (block.getWeightNoise() != null
                || block.getConstraints() != null && !block.getConstraints().isEmpty()) {
            return "it has weight noise or parameter constraints";
        }
        return null;
    }

    /** Whether a block can follow another in one chain. */
    static boolean fit(Layer first, Layer second) {
        TransformerBlock a = block(first);
        TransformerBlock b = block(second);
        return a.getNIn() == b.getNIn()
                && a.isPostNorm() == b.isPostNorm()
                && a.getGradientNormalization() == b.getGradientNormalization()
                && a.getGradientNormalizationThreshold() == b.getGradientNormalizationThreshold();
    }

    /** The chain, for {@link Settings#lift} when it has its stem. */
    ReversibleChain chain(String name, Memory memory, DataType numbers) {
        ReversibleChain.Builder builder = ChainSettings.chain(name, memory, numbers);
        boolean post = blocks.get(0).isPostNorm();
        Layer pending = null;
        for (int i = 0; i < blocks.size(); i++) {
            TransformerBlock block = blocks.get(i);
            Layer given = layers.get(i);
            for (int branch = 1; branch <= 2; branch++) {
                String sub = subBlock(names.get(i), branch);
                Layer norm = Frozen.like(given, norm(block));
                List<Layer> function = new ArrayList<>();
                if (!post) {
                    function.add(norm);
                }
                FeedForwardLayer maths = branch == 1 ? attention(block) : mlp(block);
                if (memory.inside() != null) {
                    InPlace.set(maths, memory.inside());
                }
                function.add(Frozen.like(given, maths));
                if (block.isLayerScale() || block.getDropPath() > 0) {
                    function.add(Frozen.like(given, scaling(block)));
                }
                SubBlock made = SubBlock.of(sub, function.toArray(Layer[]::new));
                if (pending != null) {
                    made.after(pending);
                }
                builder.subBlock(made);
                pending = post ? norm : null;
            }
        }
        if (pending != null) {
            builder.exit(pending);
        }
        ReversibleChain chain = builder.build();
        chain.setOrigin(new ArrayList<>(layers));
        chain.setGradientNormalization(blocks.get(0).getGradientNormalization());
        chain.setGradientNormalizationThreshold(blocks.get(0).getGradientNormalizationThreshold());
        return chain;
    }

    /** Where the blocks' parameters are in the chain, by {@code block index/name}; names that a block does not have are harmless. */
    Map<String, String> parameters() {
        return TransformerParameters.of(names, blocks.get(0).isPostNorm());
    }

    /** The name of one of the two sub-blocks of a block. */
    static String subBlock(String block, int branch) {
        return block + "-" + (branch == 1 ? ATTENTION : MLP);
    }

    private static NormLayer norm(TransformerBlock block) {
        double eps = block.getNormEps();
        boolean layer = block.getNorm() == Norm.LAYER;
        NormLayer norm;
        if (block.isMemorySharingNorm()) {
            norm = layer
                    ? new MemorySharingLayerNorm.Builder().name("norm").eps(eps).build()
                    : new MemorySharingRmsNorm.Builder().name("norm").eps(eps).build();
        } else {
            norm = layer
                    ? new LayerNormalization.Builder().name("norm").eps(eps).build()
                    : new RmsNormalization.Builder().name("norm").eps(eps).build();
        }
        return sized(block, norm);
    }

    private static TokenLayer attention(TransformerBlock block) {
        return sized(
                block,
                new MultiHeadSelfAttention.Builder(block.getHeads())
                        .name(ATTENTION)
                        .keepProbabilities(block.isKeepProbabilities())
                        .build());
    }

    private static TokenLayer mlp(TransformerBlock block) {
        return sized(
                block,
                new TransformerMlp.Builder(block.getMlpSize())
                        .name(MLP)
                        .curve(block.getCurve())
                        .activationMemory(block.getActivationMemory())
                        .build());
    }

    private static BranchScaling scaling(TransformerBlock block) {
        BranchScaling.Builder scaling =
                new BranchScaling.Builder().name("scale").dropPath(block.getDropPath());
        return sized(block, (block.isLayerScale() ? scaling.layerScale(block.getLayerScaleInit()) : scaling).build());
    }

    private static <L extends TokenLayer> L sized(TransformerBlock block, L layer) {
        layer.setRazor(block.getRazor());
        layer.setNIn(block.getNIn());
        layer.setNOut(block.getNIn());
        common(block, layer);
        return layer;
    }

    /** Hands on what DL4J configures per layer. */
    private static void common(BaseLayer from, BaseLayer to) {
        to.setActivationFn(from.getActivationFn());
        to.setWeightInitFn(from.getWeightInitFn());
        to.setBiasInit(from.getBiasInit());
        to.setGainInit(from.getGainInit());
        to.setRegularization(from.getRegularization());
        to.setRegularizationBias(from.getRegularizationBias());
        to.setIUpdater(from.getIUpdater() == null ? null : from.getIUpdater().clone());
        to.setBiasUpdater(
                from.getBiasUpdater() == null ? null : from.getBiasUpdater().clone());
        to.setGradientNormalization(from.getGradientNormalization());
        to.setGradientNormalizationThreshold(from.getGradientNormalizationThreshold());
    }
}
