package org.revlayers.layers;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Norm;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.internal.kernel.norm.NormInput;
import org.revlayers.internal.layers.ActivationStore;
import org.revlayers.internal.layers.LinearInput;
import org.revlayers.internal.layers.Mlp;
import org.revlayers.internal.layers.ParamSpec;
import org.revlayers.internal.layers.SelfAttention;
import org.revlayers.internal.layers.Weights;

/**
 * Post-LN with memory-sharing norms. The stream carries z, the norms' outputs without gamma and beta; each norm's gamma and beta are merged
 * into the linear layers behind it and act as parameters of their own on the residual path only:
 *
 * <pre>
 *   z1 = norm(z0·inGamma + inBeta + attn(z0));   z2 = norm(z1·norm1Gamma + norm1Beta + mlp(z1))
 *   y  = z2, or z2·norm2Gamma + norm2Beta with outputAffine
 * </pre>
 *
 * <p>{@code inGamma}, {@code inBeta} are those of the norm before the block. Kept: z0 by the network, z1 and z2 here; they serve as the
 * linear layers' inputs and in the norms' backward, and nothing is computed again.
 *
 * <p>Backward, with G2 the gradient of the second sum and G1 that of the first:
 *
 * <pre>
 *   G2 = norm'(z2, dy);   D = mlp'(z1, G2) + G2·norm1Gamma;   dnorm1Gamma = Σ G2·z1, dnorm1Beta = Σ G2
 *   G1 = norm'(z1, D);    dx = attn'(z0, G1) + G1·inGamma;    dinGamma = Σ G1·z0,    dinBeta = Σ G1
 * </pre>
 *
 * <p>Exact. Source: arXiv 2406.16282, conversion of RoBERTa.
 */
final class SharedPostNormOrder extends BlockOrder {

    private static final String IN = "in";

    SharedPostNormOrder(TransformerBlock block) {
        super(block, false, false, false);
    }

    @Override
    List<ParamSpec> params() {
        long c = block.getNIn();
        List<ParamSpec> specs = new ArrayList<>();
        specs.addAll(NormUnit.params(IN, Norm.LAYER, true, c));
        specs.addAll(SelfAttention.params(c, c, c));
        specs.addAll(NormUnit.params("norm1", norm1.kind(), true, c));
        specs.addAll(Mlp.params(c, block.getMlpSize(), c));
        specs.addAll(NormUnit.params("norm2", norm2.kind(), block.isOutputAffine(), c));
        return specs;
    }

    @Override
    void forward(BlockRun run, INDArray x, INDArray y) {
        Weights w = run.w();
        ActivationStore store = run.store();
        INDArray branch = run.like(x);
        INDArray residual = run.like(x);
        attention(run, x, branch, null);
        run.affine(x, w.under(IN), residual);
        INDArray z1 = store.take(norm1.name(), x.dataType(), x.shape());
        NormInput first = run.scale(1).join(branch, w.get(SelfAttention.OUT_B), residual, null, run.training(), store);
        norm1.forward(first, Weights.NONE, z1, run.keep());
        INDArray readZ = store.thinned(norm1.name(), z1);
        run.mlp().forward(readZ, w, branch, false, store);
        store.done(readZ, z1);
        run.affine(z1, w.under(norm1.name()), residual);
        store.free(z1);
        // The next layer may change y in place (dropout on its input), so z2 is not y.
        INDArray z2 = store.take(norm2.name(), x.dataType(), x.shape());
        NormInput second = run.scale(2).join(branch, w.get(Mlp.OUT_B), residual, null, run.training(), store);
        norm2.forward(second, Weights.NONE, z2, run.keep());
        if (block.isOutputAffine()) {
            run.affine(z2, w.under(norm2.name()), y);
        } else {
            y.assign(z2);
        }
        store.keep(norm2.name(), z2);
        store.free(z2);
    }

    @Override
    void backward(BlockRun run, INDArray x, INDArray dy, INDArray dx) {
        Weights w = run.w();
        ActivationStore store = run.store();
        INDArray g = run.like(dy);
        INDArray d = run.like(dy);
        INDArray z2 = run.value(norm2, run.keep().get(norm2.name()), dy);
        norm2.backward(z2, dy, null, g, w.under(norm2.name()), run.keep());
        store.forget(norm2.name(), z2);
        INDArray z1 = run.value(norm1, run.keep().get(norm1.name()), dy);
        affineBackward(run, z1, g, w.under(norm1.name()), d);
        INDArray branchGradient = run.scaleBackward(2, g);
        run.mlpBackward(
                store.isThinned() ? LinearInput.thinned(norm1.name()) : LinearInput.of(z1), branchGradient, d, true);
        norm1.backward(z1, d, null, g, Weights.NONE, run.keep());
        store.forget(norm1.name(), z1);
        INDArray z0 = store.isThinned() ? store.recall(SelfAttention.INPUT, dy.dataType(), dy.shape()) : x;
        affineBackward(run, z0, g, w.under(IN), dx);
        branchGradient = run.scaleBackward(1, g);
        run.attentionBackward(attentionInput(run, z0), branchGradient, dx, true, null);
        if (z0 != x) {
            store.forget(SelfAttention.INPUT, z0);
        }
    }

    /** dz = g·gamma; writes dGamma and dBeta. */
    private static void affineBackward(BlockRun run, INDArray z, INDArray g, Weights w, INDArray dz) {
        g.muli(z, dz);
        LinearKernels.get().columnSums(dz, w.gradient(NormUnit.GAMMA));
        if (w.gradient(NormUnit.BETA) != null) {
            LinearKernels.get().columnSums(g, w.gradient(NormUnit.BETA));
        }
        run.affine(g, w.get(NormUnit.GAMMA), null, dz);
    }
}
