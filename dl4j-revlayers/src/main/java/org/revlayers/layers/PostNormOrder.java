package org.revlayers.layers;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.NormInput;
import org.revlayers.memory.Form;

/** Post-LN, as in BERT: a = norm1(x + attn(x)); y = norm2(a + mlp(a)). Both norms' inputs are kept; a is computed again. */
final class PostNormOrder implements BlockOrder {

    private final TransformerBlock block;
    private final NormUnit norm1;
    private final NormUnit norm2;

    PostNormOrder(TransformerBlock block) {
        this.block = block;
        norm1 = new NormUnit(block.getNorm(), block.getNormEps(), true, true, "norm1");
        norm2 = new NormUnit(block.getNorm(), block.getNormEps(), true, true, "norm2");
    }

    @Override
    public List<ParamSpec> params() {
        long c = block.getNIn();
        List<ParamSpec> specs = new ArrayList<>();
        specs.addAll(NormUnit.params("norm1", norm1.kind(), true, c));
        specs.addAll(SelfAttention.params(c, c, c));
        specs.addAll(NormUnit.params("norm2", norm2.kind(), true, c));
        specs.addAll(Mlp.params(c, block.getMlpSize(), c));
        return specs;
    }

    @Override
    public List<KeptTensor> predict(long tokens) {
        List<KeptTensor> kept = new ArrayList<>();
        kept.add(KeptTensor.shared("input", tokens * block.getNIn()));
        kept.addAll(norm1.predict(tokens, block.getNIn(), false));
        kept.addAll(norm2.predict(tokens, block.getNIn(), false));
        return kept;
    }

    @Override
    public void forward(BlockRun run, INDArray x, INDArray y) {
        Weights w = run.w();
        INDArray branch = run.like(x);
        run.attention().forward(x, run.batch(), run.mask(), w, branch, run.keep());
        INDArray s1 = run.keep().take("norm1", Form.DENSE, x.dataType(), x.shape());
        INDArray a = run.like(x);
        NormInput first =
                run.scale(1).join(branch, w.get(SelfAttention.OUT_B), x, s1, run.batch(), run.training(), run.keep());
        norm1.forward(first, w.under("norm1"), a, run.keep());
        run.mlp().forward(a, w, branch, false, run.keep());
        INDArray s2 = run.keep().take("norm2", Form.DENSE, x.dataType(), x.shape());
        NormInput second = run.scale(2).join(branch, w.get(Mlp.OUT_B), a, s2, run.batch(), run.training(), run.keep());
        norm2.forward(second, w.under("norm2"), y, run.keep());
    }

    @Override
    public void backward(BlockRun run, INDArray x, INDArray dy, INDArray dx) {
        Weights w = run.w();
        INDArray g = run.like(x);
        norm2.backward(run.keep().get("norm2"), dy, null, g, w.under("norm2"), run.keep());
        run.keep().release("norm2");
        INDArray a = run.like(x);
        norm1.replay(run.keep().get("norm1"), w.under("norm1"), a, run.keep());
        INDArray branchGradient = run.scaleBackward(2, g);
        run.mlp().backward(a, branchGradient, w, g, true, run.keep());
        run.scratch().give(a);
        norm1.backward(run.keep().get("norm1"), g, null, dx, w.under("norm1"), run.keep());
        run.keep().release("norm1");
        branchGradient = run.scaleBackward(1, dx);
        run.attention().backward(x, branchGradient, run.batch(), run.mask(), w, dx, true, run.keep());
    }
}
