package org.revlayers.layers;

import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.layers.BranchScale;
import org.revlayers.internal.layers.Mlp;
import org.revlayers.internal.layers.SelfAttention;
import org.revlayers.internal.layers.TokenDrop;
import org.revlayers.internal.layers.Weights;
import org.revlayers.internal.memory.Arena;

/** Runs a {@link TransformerBlock} in its {@link BlockOrder}. */
final class TransformerBlockHost extends TokenHost<TransformerBlock> {

    private static final long serialVersionUID = 1L;

    private static final String ATTENTION_BRANCH = "attention_branch";
    private static final String MLP_BRANCH = "mlp_branch";

    TransformerBlockHost(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
    }

    private SelfAttention attention() {
        return new SelfAttention(
                layerConf().getHeads(), layerConf().effective(layerConf().isKeepProbabilities()));
    }

    private Mlp mlp() {
        return new Mlp(layerConf().getCurve(), layerConf().effective(layerConf().getActivationMemory()), learns());
    }

    private BranchScale scale(int branch, Weights w) {
        return new BranchScale(
                branch == 1 ? ATTENTION_BRANCH : MLP_BRANCH,
                w.get(gamma(branch)),
                layerConf().getDropPath(),
                stepKey(),
                learns());
    }

    @Override
    protected boolean canBeFrozen() {
        return true;
    }

    @Override
    protected boolean isForWeights(String kept) {
        return layerConf().thinning() == null
                && (kept.equals(Mlp.HIDDEN) || kept.equals(ATTENTION_BRANCH) || kept.equals(MLP_BRANCH));
    }

    @Override
    public boolean readsInput() {
        return layerConf().thinning() == null;
    }

    @Override
    public long[] outputShape(long... input) {
        long[] shape = super.outputShape(input);
        if (shape.length == 3) {
            shape[1] = layerConf().behind(shape[1]);
        }
        return shape;
    }

    @Override
    public INDArray outputMask(INDArray mask, long batch) {
        TokenDrop drop = layerConf().drop();
        return drop == null || mask == null || mask.rank() != 2
                ? mask
                : drop.share().mask(mask);
    }

    @Override
    public Pair<INDArray, MaskState> feedForwardMaskArray(INDArray mask, MaskState state, int miniBatchSize) {
        setMaskArray(mask);
        return new Pair<>(outputMask(mask, miniBatchSize), state);
    }

    /** The name of LayerScale's parameter. */
    static String gamma(int branch) {
        return "ls" + branch + "Gamma";
    }

    private BlockRun run(Weights w, long batch, boolean training, Kept keep, Arena.Scratch scratch) {
        return new BlockRun(
                attention(),
                mlp(),
                b -> scale(b, w),
                w,
                mask(),
                training,
                store(batch, keep, scratch),
                layerConf().drop(),
                layerConf().getTokenScore() == TokenScore.CLASS_TOKEN);
    }

    @Override
    protected void forward(INDArray x, INDArray out, boolean training, Kept keep) {
        INDArray in = Gemm.rows(x);
        if (readsInput()) {
            keep.share("input", in);
        }
        try (Arena.Scratch scratch = arena().scratch()) {
            BlockOrder.of(layerConf())
                    .forward(run(weights(training), x.size(0), training, keep, scratch), in, Gemm.rows(out));
        }
    }

    @Override
    protected void backward(INDArray x, INDArray dy, INDArray dx, Kept keep) {
        INDArray in = readsInput() ? Gemm.rows(x) : null;
        try (Arena.Scratch scratch = arena().scratch()) {
            BlockOrder.of(layerConf())
                    .backward(run(weights(true), dy.size(0), true, keep, scratch), in, Gemm.rows(dy), Gemm.rows(dx));
        }
    }
}
