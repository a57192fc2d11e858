package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.revlayers.keep.Memory;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.MemorySharingLayerNorm;
import org.revlayers.layers.MultiHeadSelfAttention;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.layers.TransformerMlp;

/** The rules of {@link SharedNorms}: what becomes of each layer, and into what its gamma and beta go. */
final class NormMerger {

    private static final List<String> NORMS = List.of("norm1Gamma", "norm1Beta", "norm2Gamma", "norm2Beta");

    /** What a node's layer is to keep, norms shared: null for one that stays. */
    private final Function<Node, Memory> choice;

    NormMerger(Function<Node, Memory> choice) {
        this.choice = choice;
    }

    /** Whether a layer has norms whose gamma and beta can go elsewhere. */
    static boolean isConvertible(Layer layer) {
        return layer instanceof LayerNormalization || layer instanceof TransformerBlock block && isConvertible(block);
    }

    /** A post-LN block that leaves tokens out has its norms to itself. */
    private static boolean isConvertible(TransformerBlock block) {
        return !block.isMemorySharingNorm() && !(block.isPostNorm() && block.getKeepTokens() < 1);
    }

    /** Converts the nodes in place; they come in topological order. */
    void convert(List<Node> nodes) {
        nodes.forEach(this::convert);
    }

    private void convert(Node node) {
        merge(node);
        Memory memory = choice.apply(node);
        if (memory == null) {
            return;
        }
        if (node.layer instanceof LayerNormalization norm) {
            Affine affine = Affine.of(node.params, "norm");
            readers(node, node).forEach(reader -> reader.lost = affine);
            node.layer = withoutAffine(norm);
            node.params.clear();
        } else if (node.layer instanceof TransformerBlock block && isConvertible(block)) {
            block.setMemorySharingNorm(true);
            InPlace.set(block, memory);
            if (block.isPostNorm()) {
                convertPostNorm(node, block);
            } else {
                convertPreNorm(node);
            }
        }
    }

    private static void convertPreNorm(Node node) {
        Affine.of(node.params, "norm1").mergeInto(node.params, "qkvW", "qkvB");
        Affine.of(node.params, "norm2").mergeInto(node.params, "fc1W", "fc1B");
        NORMS.forEach(node.params::remove);
    }

    /** norm1's gamma and beta stay for the residual path; norm2's go to the next blocks, or to this block's output. */
    private void convertPostNorm(Node node, TransformerBlock block) {
        Affine in = node.lost == null ? Affine.identity(block.getNIn()) : node.lost;
        Affine.of(node.params, "norm1").mergeInto(node.params, "fc1W", "fc1B");
        node.params.put("inGamma", in.gamma());
        node.params.put("inBeta", in.betaOrZero());
        boolean passesOn =
                !node.output && !node.readers.isEmpty() && node.readers.stream().allMatch(this::readsPostNorm);
        if (passesOn) {
            Affine norm2 = Affine.of(node.params, "norm2");
            node.readers.forEach(reader -> reader.lost = norm2);
            List.of("norm2Gamma", "norm2Beta").forEach(node.params::remove);
        }
        block.setOutputAffine(!passesOn);
    }

    /** Whether the node is a post-LN block that is yet to be converted. */
    private boolean readsPostNorm(Node node) {
        return node.layer instanceof TransformerBlock block
                && block.isPostNorm()
                && isConvertible(block)
                && !node.preProcessed
                && choice.apply(node) != null;
    }

    /** Merges what the node's input has lost. */
    private static void merge(Node node) {
        if (node.lost == null) {
            return;
        }
        if (node.layer instanceof TransformerMlp) {
            node.lost.mergeInto(node.params, "fc1W", "fc1B");
        } else if (node.layer instanceof MultiHeadSelfAttention || node.layer instanceof TransformerBlock) {
            node.lost.mergeInto(node.params, "qkvW", "qkvB");
        } else {
            node.lost.mergeInto(node.params, "W", "b");
        }
    }

    /** The linear layers that read a norm, directly or through a pooling (whose weights sum to one). */
    private List<Node> readers(Node norm, Node from) {
        List<Node> readers = new ArrayList<>();
        if (from.output || from.readers.isEmpty()) {
            throw unsupported(norm, "the network's output is " + from);
        }
        for (Node reader : from.readers) {
            if (reader.layer instanceof TokenPooling && !reader.preProcessed) {
                readers.addAll(readers(norm, reader));
            } else if (!reader.preProcessed && isLinear(reader.layer) || readsPostNorm(reader) && from == norm) {
                readers.add(reader);
            } else {
                throw unsupported(norm, "it is read by " + reader);
            }
        }
        return readers;
    }

    private static boolean isLinear(Layer layer) {
        return layer instanceof TransformerMlp
                || layer instanceof MultiHeadSelfAttention
                || (layer instanceof DenseLayer dense && dense.isHasBias() && !dense.isHasLayerNorm())
                || (layer instanceof OutputLayer output && output.isHasBias());
    }

    private static IllegalArgumentException unsupported(Node norm, String what) {
        return new IllegalArgumentException("the gamma and beta of " + norm + " can only be merged into linear layers"
                + " with a bias that read it directly (dense, output, attention, MLP, post-LN block); but " + what
                + ": name the norm in Memory.except to keep it as it is");
    }

    private static MemorySharingLayerNorm withoutAffine(LayerNormalization from) {
        MemorySharingLayerNorm norm = new MemorySharingLayerNorm();
        norm.setLayerName(from.getLayerName());
        norm.setNIn(from.getNIn());
        norm.setNOut(from.getNOut());
        norm.setNormEps(from.getNormEps());
        norm.setActivationFn(from.getActivationFn());
        norm.setWeightInitFn(from.getWeightInitFn());
        norm.setBiasInit(from.getBiasInit());
        norm.setGainInit(from.getGainInit());
        norm.setRegularization(from.getRegularization());
        norm.setRegularizationBias(from.getRegularizationBias());
        norm.setWeightNoise(from.getWeightNoise());
        norm.setConstraints(from.getConstraints());
        norm.setIUpdater(from.getIUpdater());
        norm.setBiasUpdater(from.getBiasUpdater());
        norm.setGradientNormalization(from.getGradientNormalization());
        norm.setGradientNormalizationThreshold(from.getGradientNormalizationThreshold());
        norm.setIDropout(from.getIDropout());
        return norm;
    }
}
