package org.revlayers.layers;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.keep.Prediction;
import org.revlayers.keep.Thinning;

/**
 * The order of a {@link TransformerBlock}'s pieces: where the norms stand, which parameters they have, and which buffer each piece
 * writes. All arrays are {@code [mb·tokens, features]}.
 */
interface BlockOrder {

    /** The order that a configuration asks for. */
    static BlockOrder of(TransformerBlock block) {
        if (!block.isPostNorm()) {
            return new PreNormOrder(block);
        }
        return block.isMemorySharingNorm() ? new SharedPostNormOrder(block) : new PostNormOrder(block);
    }

    /** {@link #predict} of both post-LN orders: the input, for the attention behind it, and what the norms keep. */
    static List<Prediction> predictPostNorm(TransformerBlock block, NormUnit norm1, NormUnit norm2, long tokens) {
        long features = block.getNIn();
        Thinning thinning = block.thinning();
        List<Prediction> kept = new ArrayList<>(
                thinning == null
                        ? List.of(Prediction.shared("input", tokens * features))
                        : thinning.predict(SelfAttention.INPUT, tokens * features));
        kept.addAll(norm1.predict(tokens, features, thinning));
        kept.addAll(norm2.predict(tokens, features, thinning));
        return kept;
    }

    /** The parameters in the order of their layout, LayerScale's apart. */
    List<ParamSpec> params();

    /** What input and norms keep, for so many tokens per example. */
    List<Prediction> predict(long tokens);

    /** Writes the block's output to y. */
    void forward(BlockRun run, INDArray x, INDArray y);

    /** Writes the gradients of x and of all parameters; gives back what forward kept. */
    void backward(BlockRun run, INDArray x, INDArray dy, INDArray dx);
}
