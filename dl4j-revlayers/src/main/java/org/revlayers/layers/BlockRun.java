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
 * @param batch     mb
 * @param mask      {@code [mb, tokens]}, or null
 * @param training  whether drop path is on
 * @param keep      for backward
 * @param scratch   for this call
 */
record BlockRun(
        SelfAttention attention,
        Mlp mlp,
        IntFunction<BranchScale> scales,
        Weights w,
        long batch,
        INDArray mask,
        boolean training,
        Kept keep,
        Arena.Scratch scratch) {

    BranchScale scale(int branch) {
        return scales.apply(branch);
    }

    /** The gradient of what a branch gave, from that of the sum. */
    INDArray scaleBackward(int branch, INDArray dy) {
        return scale(branch).backward(dy, batch, w.gradient(TransformerBlockHost.gamma(branch)), keep, scratch);
    }

    /** A scratch array like another. */
    INDArray like(INDArray x) {
        return scratch.take(x.dataType(), x.shape());
    }
}
