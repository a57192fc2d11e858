package org.revlayers.layers;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.kernel.norm.NormInput;
import org.revlayers.internal.layers.ActivationStore;
import org.revlayers.internal.layers.LinearInput;
import org.revlayers.internal.layers.Mlp;
import org.revlayers.internal.layers.SelfAttention;
import org.revlayers.internal.layers.TokenDrop;
import org.revlayers.internal.layers.TokenScores;
import org.revlayers.internal.layers.Weights;

/** Post-LN, as in BERT: a = norm1(x + attn(x)); y = norm2(a + mlp(a)). Both norms' inputs are kept; a is computed again. */
final class PostNormOrder extends BlockOrder {

    /** Of tokens that are left, where they are kept thinned. */
    private static final String MLP_INPUT = "mlp_in";

    PostNormOrder(TransformerBlock block) {
        super(block, true, true, true);
    }

    @Override
    List<Prediction> predict(long tokens) {
        List<Prediction> kept = super.predict(tokens);
        TokenDrop drop = block.drop();
        if (drop != null && drop.share().drops(tokens)) {
            Thinning thinning = block.thinning();
            kept.addAll(drop.predict(tokens, block.getNIn(), true, thinning));
            if (thinning != null) {
                kept.addAll(thinning.predict(MLP_INPUT, drop.share().behind(tokens) * block.getNIn()));
            }
        }
        return kept;
    }

    @Override
    void forward(BlockRun run, INDArray x, INDArray y) {
        Weights w = run.w();
        ActivationStore store = run.store();
        INDArray branch = run.like(x);
        TokenScores scores = run.drops(x) ? run.scores(x) : null;
        attention(run, x, branch, scores);
        INDArray s1 = store.take(norm1.name(), x.dataType(), x.shape());
        INDArray a = run.like(x);
        NormInput first = run.scale(1).join(branch, w.get(SelfAttention.OUT_B), x, s1, run.training(), store);
        norm1.forward(first, w.under(norm1.name()), a, run.keep());
        INDArray readA = run.thin(norm1, s1, a);
        store.free(s1);
        if (scores != null) {
            INDArray left = run.like(y);
            run.drop().forward(readA, scores.values(), run.mask(), true, left, store);
            store.done(readA, a);
            run.scratch().give(a);
            run.scratch().give(branch);
            BlockRun behind = run.behind();
            mlp(behind, behind.store().thinned(MLP_INPUT, left), left, run.like(y), y);
        } else {
            mlp(run, readA, a, branch, y);
        }
    }

    /** y = norm2(a + mlp(a)); read is a as the MLP is to read it. */
    private void mlp(BlockRun run, INDArray read, INDArray a, INDArray branch, INDArray y) {
        Weights w = run.w();
        ActivationStore store = run.store();
        run.mlp().forward(read, w, branch, false, store);
        store.done(read, a);
        INDArray s2 = store.take(norm2.name(), a.dataType(), a.shape());
        NormInput second = run.scale(2).join(branch, w.get(Mlp.OUT_B), a, s2, run.training(), store);
        norm2.forward(second, w.under(norm2.name()), y, run.keep());
        store.done(run.thin(norm2, s2, y), y);
    }

    @Override
    void backward(BlockRun run, INDArray x, INDArray dy, INDArray dx) {
        TokenScores scores = run.drops(dx) ? run.scores(dx) : null;
        BlockRun behind = scores == null ? run : run.behind();
        INDArray g = run.like(dy);
        INDArray value2 = behind.value(norm2, run.keep().get(norm2.name()), dy);
        behind.backward(norm2, value2, null, dy, null, g);
        INDArray value1 = run.value(norm1, run.keep().get(norm1.name()), dx);
        if (scores == null) {
            LinearInput a = run.mlpBackward(norm1, value1, g, g, true);
            run.backward(norm1, value1, a, g, null, dx);
        } else {
            dropped(run, behind, value1, g, scores, dx);
        }
        INDArray branchGradient = run.scaleBackward(1, dx);
        run.attentionBackward(attentionInput(run, x), branchGradient, dx, true, scores);
    }

    /** From the gradient of the second sum to that of the first. */
    private void dropped(BlockRun run, BlockRun behind, INDArray value1, INDArray g, TokenScores scores, INDArray dx) {
        boolean thinned = run.store().isThinned();
        LinearInput output = run.output(norm1, value1);
        INDArray a = thinned ? run.like(dx) : output.dense();
        LinearInput read;
        if (thinned) {
            run.affine(value1, run.w().under(norm1.name()), a);
            read = LinearInput.thinned(MLP_INPUT);
        } else {
            INDArray left = run.like(g);
            run.drop().replay(a, left, run.store());
            read = LinearInput.of(left);
        }
        behind.mlpBackward(read, behind.scaleBackward(2, g), g, true);
        INDArray dA = run.like(dx);
        run.drop().backward(a, run.mask(), g, dA, scores.values(), run.store());
        run.backward(norm1, value1, output, dA, null, dx);
    }
}
