package org.revlayers.layers;

import java.util.function.IntFunction;
import lombok.With;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.norm.NormKernels;
import org.revlayers.internal.kernel.norm.NormReplay;
import org.revlayers.internal.layers.ActivationStore;
import org.revlayers.internal.layers.BranchScale;
import org.revlayers.internal.layers.LinearInput;
import org.revlayers.internal.layers.Mlp;
import org.revlayers.internal.layers.SelfAttention;
import org.revlayers.internal.layers.TokenDrop;
import org.revlayers.internal.layers.TokenScores;
import org.revlayers.internal.layers.Weights;
import org.revlayers.internal.memory.Arena;

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
 * @param drop    leaves tokens out between the branches; null keeps all
 * @param classToken whether the first token's attention alone decides which
 */
@With
record BlockRun(
        SelfAttention attention,
        Mlp mlp,
        IntFunction<BranchScale> scales,
        Weights w,
        INDArray mask,
        boolean training,
        ActivationStore store,
        @Nullable TokenDrop drop,
        boolean classToken) {

    /** Whether tokens are left out of the block's rows. */
    boolean drops(INDArray x) {
        return drop != null && drop.share().drops(x.size(0) / store.batch());
    }

    /** For the scores of the block's tokens, or their gradients. */
    TokenScores scores(INDArray x) {
        long batch = store.batch();
        return new TokenScores(classToken, scratch().take(x.dataType(), batch, x.size(0) / batch));
    }

    /** The same for the tokens that are left. */
    BlockRun behind() {
        INDArray shown = drop.share().mask(mask);
        return withMask(shown).withStore(store.withMask(shown));
    }

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

    /** Gradients of the MLP and of what it read, from that of what it gave; {@code accumulate} adds to dz. */
    void mlpBackward(LinearInput z, INDArray dOut, INDArray dz, boolean accumulate) {
        mlp.backward(z, dOut, w, dz, accumulate, store);
    }

    /**
     * The same behind a norm.
     *
     * @param value what the norm's backward reads
     * @param dSum  gradient of the sum that the branch is added to
     * @return what the MLP read
     */
    LinearInput mlpBackward(NormUnit norm, INDArray value, INDArray dSum, INDArray dz, boolean accumulate) {
        LinearInput z = output(norm, value);
        mlpBackward(z, scaleBackward(2, dSum), dz, accumulate);
        return z;
    }

    /**
     * Gradients of the attention and of what it read.
     *
     * @param scores gradients of the scores that it gave; or null
     */
    void attentionBackward(
            LinearInput z, INDArray dOut, INDArray dz, boolean accumulate, @Nullable TokenScores scores) {
        attention.backward(z, dOut, mask, w, dz, accumulate, scores, store);
    }

    /**
     * Keeps what a norm's backward and the linear layer behind it read, thinned: the normalised values, before gamma and beta. Without thinning
     * they find it otherwise.
     *
     * @param input  of the norm
     * @param output of the norm
     * @return what the linear layer is to read: the output, unless forward is pruned; {@code store.done} with it afterwards
     */
    INDArray thin(NormUnit norm, INDArray input, INDArray output) {
        if (!store.isThinned() || !keep().isRead()) {
            return output;
        }
        if (!norm.fromInput()) {
            return store.thinned(norm.name(), output);
        }
        INDArray z = like(input);
        norm.normalised(input, z, keep());
        store.thin(norm.name(), z);
        if (store.prunesForward()) {
            affine(z, w.under(norm.name()), z);
            return z;
        }
        scratch().give(z);
        return output;
    }

    /**
     * What a norm's backward reads, its input or its normalised values.
     *
     * @param dense where it is without thinning
     */
    INDArray value(NormUnit norm, INDArray dense, INDArray like) {
        return store.isThinned() ? store.recall(norm.name(), like.dataType(), like.shape()) : dense;
    }

    /** A norm's output, for the linear layer behind it. */
    LinearInput output(NormUnit norm, INDArray value) {
        Weights own = w.under(norm.name());
        if (store.isThinned()) {
            return norm.affine()
                    ? new LinearInput(null, norm.name(), own.get(NormUnit.GAMMA), own.get(NormUnit.BETA))
                    : LinearInput.thinned(norm.name());
        }
        if (!norm.fromInput()) {
            return LinearInput.of(value);
        }
        INDArray z = like(value);
        norm.replay(value, own, z, keep());
        return LinearInput.of(z);
    }

    /** A norm's backward from {@link #value}, and gives back that, {@link #output} and what was kept for them. */
    void backward(NormUnit norm, INDArray value, LinearInput output, INDArray dy, INDArray residual, INDArray dx) {
        norm.backward(value, norm.fromInput() && !store.isThinned(), dy, residual, dx, w.under(norm.name()), keep());
        if (output != null && output.dense() != null && output.dense() != value) {
            scratch().give(output.dense());
        }
        store.forget(norm.name(), value);
    }

    /** out = z·gamma + beta. */
    void affine(INDArray z, Weights own, INDArray out) {
        affine(z, own.get(NormUnit.GAMMA), own.get(NormUnit.BETA), out);
    }

    /** The replay of a norm whose statistics are 0 and 1 is an affine map in one pass. */
    void affine(INDArray z, INDArray gamma, INDArray beta, INDArray out) {
        DataType type = Buffers.statistic(z.dataType());
        INDArray ones = scratch().take(type, z.size(0));
        ones.assign(1);
        NormKernels.get().replay(NormReplay.scaled(z, ones, out).affine(gamma, beta));
        scratch().give(ones);
    }

    /** A scratch array like another. */
    INDArray like(INDArray x) {
        return scratch().take(x.dataType(), x.shape());
    }
}
