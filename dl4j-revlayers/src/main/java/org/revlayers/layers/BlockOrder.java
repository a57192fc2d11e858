package org.revlayers.layers;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.layers.LinearInput;
import org.revlayers.internal.layers.Mlp;
import org.revlayers.internal.layers.ParamSpec;
import org.revlayers.internal.layers.SelfAttention;
import org.revlayers.internal.layers.TokenScores;

/**
 * The order of a {@link TransformerBlock}'s pieces: where the norms stand, which parameters they have, and which buffer each piece
 * writes. All arrays are {@code [mb·tokens, features]}.
 */
abstract class BlockOrder {

    /** The configuration. */
    protected final TransformerBlock block;

    /** The first norm that runs. */
    protected final NormUnit norm1;

    /** The second. */
    protected final NormUnit norm2;

    /**
     * @param fromInput1 whether the first norm's backward reads its input, not its output
     * @param fromInput2 the same for the second
     */
    BlockOrder(TransformerBlock block, boolean affine, boolean fromInput1, boolean fromInput2) {
        this.block = block;
        norm1 = new NormUnit(block.getNorm(), block.getNormEps(), affine, fromInput1, "norm1");
        norm2 = new NormUnit(block.getNorm(), block.getNormEps(), affine, fromInput2, "norm2");
    }

    /** The order that a configuration asks for. */
    static BlockOrder of(TransformerBlock block) {
        if (!block.isPostNorm()) {
            return new PreNormOrder(block);
        }
        return block.isMemorySharingNorm() ? new SharedPostNormOrder(block) : new PostNormOrder(block);
    }

    /** The parameters in the order of their layout, LayerScale's apart. */
    List<ParamSpec> params() {
        long c = block.getNIn();
        List<ParamSpec> specs = new ArrayList<>();
        specs.addAll(NormUnit.params(norm1.name(), norm1.kind(), norm1.affine(), c));
        specs.addAll(SelfAttention.params(c, c, c));
        specs.addAll(NormUnit.params(norm2.name(), norm2.kind(), norm2.affine(), c));
        specs.addAll(Mlp.params(c, block.getMlpSize(), c));
        return specs;
    }

    /** What input and norms keep, for so many tokens per example; here the input, for the attention behind it, and what the norms keep. */
    List<Prediction> predict(long tokens) {
        long features = block.getNIn();
        Thinning thinning = block.thinning();
        List<Prediction> kept = new ArrayList<>(
                thinning == null
                        ? List.of(Prediction.shared("input", tokens * features))
                        : thinning.predict(SelfAttention.INPUT, tokens * features));
        kept.addAll(norm1.predict(tokens, features, thinning));
        kept.addAll(norm2.predict(block.behind(tokens), features, thinning));
        return kept;
    }

    /** Writes the block's output to y. */
    abstract void forward(BlockRun run, INDArray x, INDArray y);

    /** Writes the gradients of x and of all parameters; gives back what forward kept. */
    abstract void backward(BlockRun run, INDArray x, INDArray dy, INDArray dx);

    /** Attention as a linear branch of post-LN blocks: its input as backward gets it. */
    static LinearInput attentionInput(BlockRun run, INDArray x) {
        return run.store().isThinned() ? LinearInput.thinned(SelfAttention.INPUT) : LinearInput.of(x);
    }

    /**
     * The attention branch of post-LN blocks, from the block's own input.
     *
     * @param scores receive how much attention tokens get; or null
     */
    static void attention(BlockRun run, INDArray x, INDArray branch, @Nullable TokenScores scores) {
        INDArray read = run.store().thinned(SelfAttention.INPUT, x);
        run.attention().forward(read, run.mask(), run.w(), branch, scores, run.store());
        run.store().done(read, x);
    }
}
