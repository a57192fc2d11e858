package org.revlayers.layers;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.norm.NormInput;
import org.revlayers.internal.layers.ActivationStore;
import org.revlayers.internal.layers.LinearInput;
import org.revlayers.internal.layers.Mlp;
import org.revlayers.internal.layers.SelfAttention;
import org.revlayers.internal.layers.Weights;

/** Post-LN, as in BERT: a = norm1(x + attn(x)); y = norm2(a + mlp(a)). Both norms' inputs are kept; a is computed again. */
final class PostNormOrder extends BlockOrder {

    PostNormOrder(TransformerBlock block) {
        super(block, true, true, true);
    }

    @Override
    void forward(BlockRun run, INDArray x, INDArray y) {
        Weights w = run.w();
        ActivationStore store = run.store();
        INDArray branch = run.like(x);
        attention(run, x, branch);
        INDArray s1 = store.take(norm1.name(), x.dataType(), x.shape());
        INDArray a = run.like(x);
        NormInput first = run.scale(1).join(branch, w.get(SelfAttention.OUT_B), x, s1, run.training(), store);
        norm1.forward(first, w.under(norm1.name()), a, run.keep());
        INDArray readA = run.thin(norm1, s1, a);
        store.free(s1);
        run.mlp().forward(readA, w, branch, false, store);
        store.done(readA, a);
        INDArray s2 = store.take(norm2.name(), x.dataType(), x.shape());
        NormInput second = run.scale(2).join(branch, w.get(Mlp.OUT_B), a, s2, run.training(), store);
        norm2.forward(second, w.under(norm2.name()), y, run.keep());
        store.done(run.thin(norm2, s2, y), y);
    }

    @Override
    void backward(BlockRun run, INDArray x, INDArray dy, INDArray dx) {
        INDArray g = run.like(dy);
        INDArray value2 = run.value(norm2, run.keep().get(norm2.name()), dy);
        run.backward(norm2, value2, null, dy, null, g);
        INDArray value1 = run.value(norm1, run.keep().get(norm1.name()), dy);
        LinearInput a = run.mlpBackward(norm1, value1, g, g, true);
        run.backward(norm1, value1, a, g, null, dx);
        INDArray branchGradient = run.scaleBackward(1, dx);
        run.attentionBackward(attentionInput(run, x), branchGradient, dx, true);
    }
}
