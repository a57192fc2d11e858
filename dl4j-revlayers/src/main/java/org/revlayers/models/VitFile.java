package org.revlayers.models;

import java.io.IOException;
import org.revlayers.internal.weights.HuggingFaceVit;
import org.revlayers.internal.weights.TimmVit;
import org.revlayers.internal.weights.VitBlockWeights;
import org.revlayers.internal.weights.VitEmbeddings;
import org.revlayers.weights.TensorSource;

/**
 * A file with a Vision Transformer that {@link VisionTransformer} can be, under either of the two common sets of names.
 *
 * @param source the file
 * @param timm   whether the names are timm's; Hugging Face's otherwise
 */
record VitFile(TensorSource source, boolean timm) {

    /** Features of a head. */
    static final int HEAD = 64;

    /**
     * Checks what the file has.
     *
     * @throws IOException when tensors are missing or left over
     */
    static VitFile of(TensorSource source) throws IOException {
        VitFile file = new VitFile(source, TimmVit.matches(source));
        if (file.timm) {
            TimmVit.check(source);
        } else {
            HuggingFaceVit.check(source);
        }
        return file;
    }

    VitEmbeddings embeddings() {
        VitEmbeddings e = timm ? TimmVit.embeddings(source) : HuggingFaceVit.embeddings(source);
        check(e);
        return e;
    }

    private void check(VitEmbeddings e) {
        if (timm && e.classToken() != null && source.names().contains("fc_norm.weight")) {
            throw new IllegalArgumentException(
                    source.file() + " averages its tokens behind a class token (cls_token with"
                            + " fc_norm), which VisionTransformer does not: use a model with one or the other");
        }
        if (e.dim() % HEAD != 0) {
            throw new IllegalArgumentException(source.file() + " must have a multiple of " + HEAD
                    + " features, as its heads have " + HEAD + "; it has " + e.dim());
        }
    }

    VitBlockWeights block(int i) {
        return timm ? TimmVit.block(source, i) : HuggingFaceVit.block(source, i);
    }

    int depth() {
        return timm ? TimmVit.depth(source) : HuggingFaceVit.depth(source);
    }

    /** What the implementation that the names come from adds to the variances. */
    double normEps() {
        return timm ? 1e-6 : 1e-12;
    }
}
