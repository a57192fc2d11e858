package org.revlayers.layers;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.internal.kernel.norm.NormInput;
import org.revlayers.internal.layers.BranchScale;
import org.revlayers.internal.layers.LinearInput;
import org.revlayers.internal.layers.Mlp;
import org.revlayers.internal.layers.SelfAttention;
import org.revlayers.internal.layers.TokenScores;
import org.revlayers.internal.layers.Weights;

/**
 * Pre-LN: s = x + attn(norm1(x)); y = s + mlp(norm2(s)). With memory sharing the norms have no gamma and beta, and norm2's output is kept
 * instead of its input. norm1's input is the block's own and kept by the network in any case, unless activations are thinned: then the
 * block keeps what it reads, and nothing else is needed.
 */
final class PreNormOrder extends BlockOrder {

    PreNormOrder(TransformerBlock block) {
        super(
                block,
                !block.isMemorySharingNorm(),
                !block.isMemorySharingNorm() || block.thinning() == null,
                !block.isMemorySharingNorm());
    }

    @Override
    List<Prediction> predict(long tokens) {
        Thinning thinning = block.thinning();
        List<Prediction> kept = new ArrayList<>(
                thinning == null
                        ? norm1.predict(tokens, block.getNIn(), true)
                        : norm1.predict(tokens, block.getNIn(), thinning));
        kept.addAll(norm2.predict(block.behind(tokens), block.getNIn(), thinning));
        if (block.drop() != null) {
            kept.addAll(block.drop().predict(tokens, block.getNIn(), false, thinning));
        }
        return kept;
    }

    @Override
    void forward(BlockRun run, INDArray x, INDArray y) {
        Weights w = run.w();
        INDArray branch = run.like(x);
        INDArray z1 = run.like(x);
        norm1.forward(NormInput.of(x), w.under("norm1"), z1, run.keep());
        INDArray read1 = run.thin(norm1, x, z1);
        TokenScores scores = run.drops(x) ? run.scores(x) : null;
        run.attention().forward(read1, run.mask(), w, branch, scores, run.store());
        run.store().done(read1, z1);
        run.scratch().give(z1);
        // y holds the sum after the attention branch until the MLP adds to it.
        if (scores == null) {
            INDArray kept2 = run.store().take(norm2.name(), x.dataType(), x.shape());
            INDArray sum = norm2.fromInput() ? kept2 : y;
            mlp(
                    run,
                    kept2,
                    sum,
                    run.scale(1).join(branch, w.get(SelfAttention.OUT_B), x, sum, run.training(), run.store()),
                    y,
                    branch);
        } else {
            INDArray sum = run.like(x).assign(x);
            run.scale(1).add(branch, w.get(SelfAttention.OUT_B), sum, run.training(), run.store());
            run.scratch().give(branch);
            run.drop().forward(sum, scores.values(), run.mask(), false, y, run.store());
            run.scratch().give(sum);
            INDArray kept2 = run.store().take(norm2.name(), y.dataType(), y.shape());
            INDArray left = norm2.fromInput() ? kept2.assign(y) : y;
            mlp(run.behind(), kept2, left, NormInput.of(left), y, run.like(y));
        }
    }

    /**
     * y = sum + mlp(norm2(sum)).
     *
     * @param kept2 takes what norm2's backward reads
     * @param sum   is y, or kept2
     * @param in    gives the sum, or writes it
     */
    private void mlp(BlockRun run, INDArray kept2, INDArray sum, NormInput in, INDArray y, INDArray branch) {
        INDArray z2 = norm2.fromInput() ? run.like(y) : kept2;
        norm2.forward(in, run.w().under("norm2"), z2, run.keep());
        if (sum != y) {
            y.assign(sum);
        }
        INDArray read2 = run.thin(norm2, sum, z2);
        if (kept2 != z2) {
            run.store().free(kept2);
        }
        addMlp(run, read2, y, branch);
        run.store().done(read2, z2);
    }

    /** y += mlp(z), with its bias, scaled. */
    private static void addMlp(BlockRun run, INDArray z, INDArray y, INDArray branch) {
        BranchScale scale = run.scale(2);
        INDArray bias = run.w().get(Mlp.OUT_B);
        if (scale.isIdentity(run.training())) {
            run.mlp().forward(z, run.w(), y, true, run.store());
            LinearKernels.get().addBias(y, bias);
        } else {
            run.mlp().forward(z, run.w(), branch, false, run.store());
            scale.add(branch, bias, y, run.training(), run.store());
        }
    }

    @Override
    void backward(BlockRun run, INDArray x, INDArray dy, INDArray dx) {
        TokenScores scores = run.drops(dx) ? run.scores(dx) : null;
        BlockRun behind = scores == null ? run : run.behind();
        INDArray dz = run.like(dy);
        INDArray dSum = scores == null ? dx : run.like(dy);
        INDArray value2 = behind.value(norm2, run.keep().get(norm2.name()), dy);
        LinearInput z2 = behind.mlpBackward(norm2, value2, dy, dz, false);
        behind.backward(norm2, value2, z2, dz, dy, dSum);
        if (scores != null) {
            run.drop().backward(null, run.mask(), dSum, dx, scores.values(), run.store());
            run.scratch().give(dSum);
            run.scratch().give(dz);
            dz = run.like(dx);
        }
        // dx holds the gradient of the sum after the attention branch.
        INDArray branchGradient = run.scaleBackward(1, dx);
        INDArray value1 = run.value(norm1, x, dx);
        LinearInput z1 = run.output(norm1, value1);
        run.attentionBackward(z1, branchGradient, dz, false, scores);
        run.backward(norm1, value1, z1, dz, dx, dx);
    }
}
