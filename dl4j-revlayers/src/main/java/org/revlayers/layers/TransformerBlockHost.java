package org.revlayers.layers;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.NormInput;
import org.revlayers.memory.Arena;
import org.revlayers.memory.Form;
import org.revlayers.memory.Kept;

/** Runs a {@link TransformerBlock}: the order of its pieces, and which buffer each one writes. */
final class TransformerBlockHost extends TokenHost<TransformerBlock> {

    private static final long serialVersionUID = 1L;

    TransformerBlockHost(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
    }

    private SelfAttention attention() {
        return new SelfAttention(layerConf().getHeads(), layerConf().isKeepProbabilities());
    }

    private Mlp mlp() {
        return new Mlp(layerConf().getCurve(), layerConf().getActivationMemory());
    }

    private BranchScale scale(int branch, Weights w) {
        TransformerBlock c = layerConf();
        return new BranchScale(
                branch,
                w.get("ls" + branch + "Gamma"),
                c.getDropPath(),
                conf.getSeed(),
                getIndex(),
                getIterationCount());
    }

    @Override
    protected void forward(INDArray x, INDArray out, boolean training, Kept keep) {
        Weights w = weights(training);
        long batch = x.size(0);
        INDArray in = Gemm.rows(x);
        INDArray y = Gemm.rows(out);
        keep.share("input", in);
        if (layerConf().isPostNorm()) {
            postNormForward(in, y, batch, training, w, keep);
        } else {
            preNormForward(in, y, batch, training, w, keep);
        }
    }

    private void preNormForward(INDArray x, INDArray y, long batch, boolean training, Weights w, Kept keep) {
        NormUnit norm1 = layerConf().norm1();
        NormUnit norm2 = layerConf().norm2();
        try (Arena.Scratch scratch = arena().scratch()) {
            INDArray branch = scratch.take(dataType, x.shape());
            INDArray z1 = scratch.take(dataType, x.shape());
            norm1.forward(NormInput.of(x), w.under("norm1"), z1, keep);
            attention().forward(z1, batch, mask(), w, branch, keep);
            scratch.give(z1);
            // y holds the sum after the attention branch until the MLP adds to it.
            INDArray z2 = norm2.fromInput()
                    ? scratch.take(dataType, x.shape())
                    : keep.take("norm2", Form.DENSE, dataType, x.shape());
            INDArray sum = norm2.fromInput() ? keep.take("norm2", Form.DENSE, dataType, x.shape()) : y;
            NormInput joined = scale(1, w).join(branch, w.get(SelfAttention.OUT_B), x, sum, batch, training, keep);
            norm2.forward(joined, w.under("norm2"), z2, keep);
            if (sum != y) {
                y.assign(sum);
            }
            addMlp(z2, y, branch, batch, training, w, keep);
        }
    }

    /** y += mlp(z), with its bias, scaled. */
    private void addMlp(INDArray z, INDArray y, INDArray branch, long batch, boolean training, Weights w, Kept keep) {
        BranchScale scale = scale(2, w);
        if (scale.isIdentity(training)) {
            mlp().forward(z, w, y, true, keep);
            kernels().addBias(y, w.get(Mlp.OUT_B));
        } else {
            mlp().forward(z, w, branch, false, keep);
            scale.add(branch, w.get(Mlp.OUT_B), y, batch, training, keep);
        }
    }

    private void postNormForward(INDArray x, INDArray y, long batch, boolean training, Weights w, Kept keep) {
        try (Arena.Scratch scratch = arena().scratch()) {
            INDArray branch = scratch.take(dataType, x.shape());
            attention().forward(x, batch, mask(), w, branch, keep);
            INDArray s1 = keep.take("norm1", Form.DENSE, dataType, x.shape());
            INDArray a = scratch.take(dataType, x.shape());
            NormInput first = scale(1, w).join(branch, w.get(SelfAttention.OUT_B), x, s1, batch, training, keep);
            layerConf().norm1().forward(first, w.under("norm1"), a, keep);
            mlp().forward(a, w, branch, false, keep);
            INDArray s2 = keep.take("norm2", Form.DENSE, dataType, x.shape());
            NormInput second = scale(2, w).join(branch, w.get(Mlp.OUT_B), a, s2, batch, training, keep);
            layerConf().norm2().forward(second, w.under("norm2"), y, keep);
        }
    }

    @Override
    protected void backward(INDArray x, INDArray dy, INDArray dx, Kept keep) {
        Weights w = weights(true);
        INDArray in = Gemm.rows(x);
        if (layerConf().isPostNorm()) {
            postNormBackward(in, Gemm.rows(dy), Gemm.rows(dx), x.size(0), w, keep);
        } else {
            preNormBackward(in, Gemm.rows(dy), Gemm.rows(dx), x.size(0), w, keep);
        }
    }

    private void preNormBackward(INDArray x, INDArray dy, INDArray dx, long batch, Weights w, Kept keep) {
        NormUnit norm1 = layerConf().norm1();
        NormUnit norm2 = layerConf().norm2();
        try (Arena.Scratch scratch = arena().scratch()) {
            INDArray dz = scratch.take(dataType, x.shape());
            INDArray kept2 = keep.get("norm2");
            INDArray z2 = kept2;
            if (norm2.fromInput()) {
                z2 = scratch.take(dataType, x.shape());
                norm2.replay(kept2, w.under("norm2"), z2, keep);
            }
            INDArray branchGradient = scale(2, w).backward(dy, batch, w, keep, scratch);
            mlp().backward(z2, branchGradient, w, dz, false, keep);
            norm2.backward(kept2, dz, dy, dx, w.under("norm2"), keep);
            if (z2 != kept2) {
                scratch.give(z2);
            }
            keep.release("norm2");

            // dx holds the gradient of the sum after the attention branch.
            branchGradient = scale(1, w).backward(dx, batch, w, keep, scratch);
            INDArray z1 = scratch.take(dataType, x.shape());
            norm1.replay(x, w.under("norm1"), z1, keep);
            attention().backward(z1, branchGradient, batch, mask(), w, dz, false, keep);
            norm1.backward(x, dz, dx, dx, w.under("norm1"), keep);
        }
    }

    private void postNormBackward(INDArray x, INDArray dy, INDArray dx, long batch, Weights w, Kept keep) {
        NormUnit norm1 = layerConf().norm1();
        NormUnit norm2 = layerConf().norm2();
        try (Arena.Scratch scratch = arena().scratch()) {
            INDArray g = scratch.take(dataType, x.shape());
            norm2.backward(keep.get("norm2"), dy, null, g, w.under("norm2"), keep);
            keep.release("norm2");
            INDArray a = scratch.take(dataType, x.shape());
            norm1.replay(keep.get("norm1"), w.under("norm1"), a, keep);
            INDArray branchGradient = scale(2, w).backward(g, batch, w, keep, scratch);
            mlp().backward(a, branchGradient, w, g, true, keep);
            scratch.give(a);
            norm1.backward(keep.get("norm1"), g, null, dx, w.under("norm1"), keep);
            keep.release("norm1");
            branchGradient = scale(1, w).backward(dx, batch, w, keep, scratch);
            attention().backward(x, branchGradient, batch, mask(), w, dx, true, keep);
        }
    }
}
