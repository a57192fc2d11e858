package org.revlayers.convert;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.SubBlock;
import org.revlayers.contract.Wrappers;
import org.revlayers.keep.Memory;
import org.revlayers.kernel.norm.Norm;
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

    /** DL4J runs a frozen block as in inference, and a plain FrozenLayer stops back-propagation; a chain's frozen layers pass gradients on. */
    static final String FROZEN =
            "frozen: it keeps nothing inside for backward as it is. To have it in a chain all the same, thaw it"
                    + " before the conversion, or write the chain with FrozenLayerWithBackprop around the layers of its sub-blocks";

    private final List<TransformerBlock> blocks;
    private final List<String> names;

    /** Names of the chain's parameters by {@code block index/name} of the blocks'. */
    private final Map<String, String> parameters = new LinkedHashMap<>();

    TransformerRow(List<TransformerBlock> blocks, List<String> names) {
        SafeNames safe = new SafeNames();
        this.blocks = blocks;
        this.names = names.stream().map(name -> safe.of(name, "")).toList();
    }

    /** A name that a chain accepts. */
    static String safe(String name) {
        return name.replace('_', '-').replace('.', '-');
    }

    /** A copy under a name that a chain accepts. */
    static Layer renamed(Layer layer) {
        Layer copy = layer.clone();
        copy.setLayerName(safe(layer.getLayerName()));
        return copy;
    }

    /** How the names of a stem layer's parameters begin in the chain. */
    static String stemPrefix(Layer layer) {
        return "stem." + safe(layer.getLayerName()) + ".";
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
        if (!(layer instanceof TransformerBlock block)) {
            return Wrappers.thawed(layer) instanceof TransformerBlock ? FROZEN : "not a residual block";
        }
        if (block.isPostNorm() && block.isMemorySharingNorm()) {
            return "post-LN with memory-sharing norms reads its norms twice: convert the plain network";
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
    static boolean fit(TransformerBlock a, TransformerBlock b) {
        return a.getNIn() == b.getNIn()
                && a.isPostNorm() == b.isPostNorm()
                && a.getGradientNormalization() == b.getGradientNormalization()
                && a.getGradientNormalizationThreshold() == b.getGradientNormalizationThreshold();
    }

    /** The chain, for {@link Settings#lift} when it has its stem; after this {@link #parameters()} is known. */
    ReversibleChain chain(String name, Memory memory, DataType numbers) {
        ReversibleChain.Builder builder = ChainSettings.chain(name, memory, numbers);
        boolean post = blocks.get(0).isPostNorm();
        NormLayer pending = null;
        String pendingFrom = null;
        for (int i = 0; i < blocks.size(); i++) {
            TransformerBlock block = blocks.get(i);
            for (int branch = 1; branch <= 2; branch++) {
                String sub = names.get(i) + (branch == 1 ? "-attention" : "-mlp");
                NormLayer norm = norm(block);
                List<Layer> function = new ArrayList<>();
                if (!post) {
                    function.add(norm);
                    normParameters(i + "/norm" + branch, sub + ".norm.");
                }
                FeedForwardLayer maths = branch == 1 ? attention(block) : mlp(block);
                if (memory.inside() != null) {
                    InPlace.set(maths, memory.inside());
                }
                function.add(maths);
                mathsParameters(i, branch, sub + "." + maths.getLayerName() + ".");
                if (block.isLayerScale() || block.getDropPath() > 0) {
                    function.add(scaling(block));
                    parameters.put(i + "/ls" + branch + "Gamma", sub + ".scale.gamma");
                }
                SubBlock made = SubBlock.of(sub, function.toArray(Layer[]::new));
                if (pending != null) {
                    made.after(pending);
                    normParameters(pendingFrom, sub + ".rnorm.");
                }
                builder.subBlock(made);
                pending = post ? norm : null;
                pendingFrom = i + "/norm" + branch;
            }
        }
        if (pending != null) {
            builder.exit(pending);
            normParameters(pendingFrom, "exit.norm.");
        }
        ReversibleChain chain = builder.build();
        chain.setOrigin(new ArrayList<>(blocks));
        chain.setGradientNormalization(blocks.get(0).getGradientNormalization());
        chain.setGradientNormalizationThreshold(blocks.get(0).getGradientNormalizationThreshold());
        return chain;
    }

    /** Where the blocks' parameters are in the chain, by {@code block index/name}; names that a block does not have are harmless. */
    Map<String, String> parameters() {
        return parameters;
    }

    /** The block's index in a key of {@link #parameters()}. */
    static int index(String key) {
        return Integer.parseInt(key.substring(0, key.indexOf('/')));
    }

    /** The parameter's name in the block, in a key of {@link #parameters()}. */
    static String parameter(String key) {
        return key.substring(key.indexOf('/') + 1);
    }

    private void normParameters(String from, String to) {
        parameters.put(from + "Gamma", to + "normGamma");
        parameters.put(from + "Beta", to + "normBeta");
    }

    private void mathsParameters(int block, int branch, String to) {
        List<String> own =
                branch == 1 ? List.of("qkvW", "qkvB", "projW", "projB") : List.of("fc1W", "fc1B", "fc2W", "fc2B");
        own.forEach(p -> parameters.put(block + "/" + p, to + p));
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
                        .name("attention")
                        .keepProbabilities(block.isKeepProbabilities())
                        .build());
    }

    private static TokenLayer mlp(TransformerBlock block) {
        return sized(
                block,
                new TransformerMlp.Builder(block.getMlpSize())
                        .name("mlp")
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
