package org.revlayers.models;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Curve;
import org.revlayers.function.Norm;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.kernel.activation.ActivationForward;
import org.revlayers.internal.kernel.activation.ActivationKernels;
import org.revlayers.internal.kernel.attention.AttentionForward;
import org.revlayers.internal.kernel.attention.AttentionKernels;
import org.revlayers.internal.kernel.attention.AttentionShape;
import org.revlayers.internal.kernel.attention.HeadView;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.internal.kernel.norm.NormForward;
import org.revlayers.internal.kernel.norm.NormInput;
import org.revlayers.internal.kernel.norm.NormKernels;
import org.revlayers.internal.weights.HieraTiny;
import org.revlayers.weights.TensorSource;

/**
 * One of Hiera's windowed blocks, forward only, on tokens in window order ({@link Windows}):
 *
 * <pre>
 * n = LN1(x)                 shortcut = pool ? maxpool2(n Wp + bp) : x
 * y = shortcut + attention(n) Wo + bo          (queries pooled too)
 * out = y + W2 gelu(W1 LN2(y) + b1) + b2       (erf-GELU)
 * </pre>
 *
 * <p>Work arrays are freed at once, not when the garbage collector gets to them.
 */
final class HieraBlock {

    private final int window;
    private final int heads;
    private final int dim;
    private final INDArray norm1Gamma;
    private final INDArray norm1Beta;
    private final INDArray norm2Gamma;
    private final INDArray norm2Beta;
    private final INDArray shortcutW;
    private final INDArray shortcutB;
    private final INDArray qkvW;
    private final INDArray qkvB;
    private final INDArray projW;
    private final INDArray projB;
    private final INDArray fc1W;
    private final INDArray fc1B;
    private final INDArray fc2W;
    private final INDArray fc2B;

    /**
     * @param window side of the windows that come in, in tokens
     * @param pool   whether the grid is halved
     */
    HieraBlock(TensorSource source, int block, int window, int heads, boolean pool) {
        this.window = window;
        this.heads = heads;
        norm1Gamma = source.read(HieraTiny.norm(block, 1, "weight"));
        norm1Beta = source.read(HieraTiny.norm(block, 1, "bias"));
        norm2Gamma = source.read(HieraTiny.norm(block, 2, "weight"));
        norm2Beta = source.read(HieraTiny.norm(block, 2, "bias"));
        shortcutW = pool ? source.read(HieraTiny.weight(block, "proj")) : null;
        shortcutB = pool ? source.read(HieraTiny.bias(block, "proj")) : null;
        qkvW = source.read(HieraTiny.weight(block, "attn/qkv"));
        qkvB = source.read(HieraTiny.bias(block, "attn/qkv"));
        projW = source.read(HieraTiny.weight(block, "attn/proj"));
        projB = source.read(HieraTiny.bias(block, "attn/proj"));
        fc1W = source.read(HieraTiny.weight(block, "mlp/layers.0"));
        fc1B = source.read(HieraTiny.bias(block, "mlp/layers.0"));
        fc2W = source.read(HieraTiny.weight(block, "mlp/layers.1"));
        fc2B = source.read(HieraTiny.bias(block, "mlp/layers.1"));
        dim = (int) norm2Gamma.length();
    }

    /** {@code [tokens, dimIn]} to {@code [tokens, dim]}, or to a quarter of the tokens with pooling; x is freed. */
    INDArray forward(INDArray x) {
        INDArray normed = HostArrays.empty(x.shape());
        NormKernels.get()
                .forward(NormForward.of(Norm.LAYER, HieraTiny.EPS, NormInput.of(x), normed)
                        .affine(norm1Gamma, norm1Beta));
        INDArray y = shortcutW == null ? x : shortcut(normed);
        INDArray mixed = attention(normed);
        INDArray sum = HostArrays.product(mixed, projW);
        INDArray normed2 = HostArrays.empty(sum.shape());
        NormInput in = new NormInput(sum, projB, y, sum);
        NormKernels.get()
                .forward(NormForward.of(Norm.LAYER, HieraTiny.EPS, in, normed2).affine(norm2Gamma, norm2Beta));
        INDArray hidden = HostArrays.product(normed2, fc1W);
        ActivationKernels.get()
                .forward(ActivationForward.of(Curve.GELU, hidden, hidden).withBias(fc1B));
        INDArray out = HostArrays.product(hidden, fc2W);
        LinearKernels.get().addBias(out, fc2B);
        out.addi(sum);
        for (INDArray done : new INDArray[] {normed, mixed, sum, normed2, hidden, x}) {
            done.close();
        }
        if (y != x) {
            y.close();
        }
        return out;
    }

    private INDArray shortcut(INDArray normed) {
        INDArray wide = HostArrays.product(normed, shortcutW);
        LinearKernels.get().addBias(wide, shortcutB);
        INDArray pooled = Windows.maxPool(wide, window, dim);
        wide.close();
        return pooled;
    }

    private INDArray attention(INDArray normed) {
        INDArray qkv = HostArrays.product(normed, qkvW);
        LinearKernels.get().addBias(qkv, qkvB);
        int keys = window * window;
        long batch = qkv.size(0) / keys;
        int headDim = dim / heads;
        INDArray fused = qkv.reshape(batch, keys, 3L * dim);
        HeadView q = HeadView.part(fused, 0, 3, headDim);
        int queries = keys;
        INDArray pooled = null;
        if (shortcutW != null) {
            pooled = Windows.maxPool(qkv, window, dim);
            queries = keys / 4;
            q = HeadView.ofTokens(pooled.reshape(batch, queries, dim), headDim);
        }
        INDArray mixed = HostArrays.empty(batch * queries, dim);
        AttentionShape shape = new AttentionShape(
                Sizes.exact("windows", batch), heads, queries, keys, headDim, 1 / Math.sqrt(headDim), false);
        AttentionKernels.get()
                .forward(AttentionForward.of(
                        shape,
                        q,
                        HeadView.part(fused, 1, 3, headDim),
                        HeadView.part(fused, 2, 3, headDim),
                        HeadView.ofTokens(mixed.reshape(batch, queries, dim), headDim)));
        qkv.close();
        if (pooled != null) {
            pooled.close();
        }
        return mixed;
    }
}
