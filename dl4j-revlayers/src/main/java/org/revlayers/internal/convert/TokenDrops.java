package org.revlayers.internal.convert;

import static org.revlayers.internal.convert.Reprogrammer.require;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.convert.ReprogramOptions;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.layers.PatchEmbedding;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TokenScore;
import org.revlayers.layers.TransformerBlock;

/**
 * Where a reprogrammed network leaves tokens out, and how the mean over tokens behind counts a fused one: for as many as it stands for. For that a fused token
 * never stays by itself in a later block, but is fused again, so that the last token stands for all that are not there; the mask says how many these are.
 *
 * @param labels of vertices
 * @param blocks vertices of the blocks, in forward order
 */
record TokenDrops(GraphIndex graph, UnaryOperator<String> labels, List<String> blocks, ReprogramOptions options) {

    void check() {
        if (options.getDropAt().isEmpty()) {
            return;
        }
        for (int number : options.getDropAt()) {
            TransformerBlock block = (TransformerBlock) Wrappers.thawed(graph.layer(blocks.get(number)));
            require(
                    !block.isPostNorm() || !block.isMemorySharingNorm(),
                    "\"" + labels.apply(blocks.get(number))
                            + "\" is a post-LN block with shared norms, which reads its norms twice and cannot leave tokens out: reprogram the network before its norms are shared");
        }
        for (String vertex : graph.conf().getVertices().keySet()) {
            Layer layer = layer(vertex);
            require(
                    !(layer instanceof PatchEmbedding patches
                            && !patches.isClassToken()
                            && options.getScore() == TokenScore.CLASS_TOKEN),
                    "\"" + labels.apply(vertex)
                            + "\" gives no class token, whose attention would decide which tokens stay: use score(TokenScore.MEAN_RECEIVED)");
            require(
                    !(options.isFuse() && layer instanceof GlobalPoolingLayer && Reprogrammer.isMean(layer)),
                    "\"" + labels.apply(vertex)
                            + "\" is the mean or the sum over tokens, and would count a fused token as one: use fuse(false), or a TokenPooling, which counts it for what it stands for");
        }
    }

    private Layer layer(String vertex) {
        return graph.isLayer(vertex) ? Wrappers.thawed(graph.layer(vertex)) : null;
    }

    boolean isAt(String vertex) {
        return options.getDropAt().contains(blocks.indexOf(vertex));
    }

    /** Sets what a block or a pooling has to know. */
    void set(String vertex, Layer layer) {
        if (layer instanceof TransformerBlock block && isAt(vertex)) {
            block.setKeepTokens(options.getKeep());
            block.setFuseTokens(options.isFuse());
            block.setTokenScore(options.getScore());
            block.setCountFused(fusesForMean());
            block.setBehindFused(fusesForMean() && isBehindDrop(vertex));
        } else if (options.isFuse()
                && layer instanceof TokenPooling pooling
                && Reprogrammer.isMean(layer)
                && isBehindDrop(vertex)) {
            pooling.setFusedFrom(tokensInFront(vertex));
        }
    }

    private boolean fusesForMean() {
        return options.isFuse()
                && graph.conf().getVertices().keySet().stream().anyMatch(vertex -> Reprogrammer.isMean(layer(vertex)));
    }

    private Set<String> inFront(String vertex) {
        Set<String> found = new LinkedHashSet<>();
        graph.inputs(vertex).forEach(input -> graph.collectBefore(input, found));
        return found;
    }

    private boolean isBehindDrop(String vertex) {
        return inFront(vertex).stream().anyMatch(this::isAt);
    }

    /** Of patches it is known; of texts only their masks say it. */
    private long tokensInFront(String vertex) {
        long patches = patches(vertex);
        return patches > 0 ? patches : TokenPooling.BY_MASK;
    }

    /** Tokens that an embedding of patches in front gives; 0 without one. */
    long patches(String vertex) {
        return inFront(vertex).stream()
                .map(this::layer)
                .filter(PatchEmbedding.class::isInstance)
                .mapToLong(layer -> ((PatchEmbedding) layer).tokenCount())
                .findFirst()
                .orElse(0);
    }
}
