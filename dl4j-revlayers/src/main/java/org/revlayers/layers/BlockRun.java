package org.revlayers.layers;

import java.util.function.IntFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.memory.Arena;
import org.revlayers.memory.Kept;

/**
 * What one forward or backward of a block works with.
 *
 * @param attention the attention branch
 * @param mlp       the MLP branch
 * @param scales    what stands between branch 1 (attention) or 2 (MLP) and its addition
 * @param w         parameters and gradient views
 * @param mask      {@code [mb, tokens]}, or null
 * @param training  whether drop path is on
 * @param store   where to put what backward reads
 */
record BlockRun(
        SelfAttention attention,
        Mlp mlp,
        IntFunction<BranchScale> scales,
        Weights w,
        INDArray mask,
        boolean training,
        ActivationStore store) {

    Kept keep() {
        return store.keep();
    }

    Arena.Scratch scratch() {
        return store.scratch();
    }

    BranchScale scale(int branch) {
        return scales.apply(branch);
    }

    /** The gradient of what a branch gave, from that of the sum. */
    INDArray scaleBackward(int branch, INDArray dy) {
        return scale(branch).backward(dy, w.gradient(TransformerBlockHost.gamma(branch)), store);
    }

    /**
     * Keeps what a norm's backward and the linear layer behind it read, thinned; without thinning they find it otherwise.
     *
     * @param linear names the output for that layer
     */
    void thin(NormUnit norm, INDArray input, INDArray output, String linear) {
        if (norm.fromInput()) {
            store.thin(norm.name(), input);
            store.thin(linear, output);
        } else {
            store.thin(norm.name(), output);
        }
    }

    /**
     * What a norm's backward reads, its input or its output.
     *
     * @param dense where it is without thinning
     */
    INDArray value(NormUnit norm, INDArray dense, INDArray like) {
        return store.isThinned() ? store.recall(norm.name(), like.dataType(), like.shape()) : dense;
    }

    /** A norm's output, for the linear layer behind it; null if it is kept thinned under that layer's name. */
    INDArray output(NormUnit norm, INDArray value) {
        if (!norm.fromInput()) {
            return value;
        }
        if (store.isThinned()) {
            return null;
        }
        INDArray z = like(value);
        norm.replay(value, w.under(norm.name()), z, keep());
        return z;
    }

    /** Gives back what {@link #value} and {@link #output} gave, and what was kept for them. */
    void forget(NormUnit norm, INDArray value, INDArray output) {
        if (output != null && output != value) {
            scratch().give(output);
        }
        store.forget(norm.name(), value);
    }

    /** A scratch array like another. */
    INDArray like(INDArray x) {
        return scratch().take(x.dataType(), x.shape());
    }
}
