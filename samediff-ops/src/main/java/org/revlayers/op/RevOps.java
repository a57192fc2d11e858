package org.revlayers.op;

import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.revlayers.function.Norm;
import org.revlayers.internal.op.activation.CodedActivation;
import org.revlayers.internal.op.activation.CodedActivation.ReGelu2;
import org.revlayers.internal.op.activation.CodedActivation.ReSilu2;
import org.revlayers.internal.op.activation.CodedActivation.Relu1Bit;
import org.revlayers.internal.op.activation.ExactActivation;
import org.revlayers.internal.op.activation.ExactActivation.RevGelu;
import org.revlayers.internal.op.activation.ExactActivation.RevSilu;
import org.revlayers.internal.op.attention.MemAttention;
import org.revlayers.internal.op.base.RevAdd;
import org.revlayers.internal.op.dropout.DropoutReplay;
import org.revlayers.internal.op.norm.MsNorm;
import org.revlayers.internal.op.razor.RazorConv2d;
import org.revlayers.internal.op.razor.RazorLayerNorm;
import org.revlayers.internal.op.razor.RazorLinear;
import org.revlayers.internal.op.razor.RazorMatmul;
import org.revlayers.internal.op.razor.RazorSoftmax;
import org.revlayers.internal.op.tokens.TokenDropOp;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;

/**
 * The ops of this library as functions on graph variables, in the manner of {@code sd.nn()}.
 *
 * <pre>{@code
 * SDVariable z = RevOps.msLayerNorm(x, 1e-6);
 * SDVariable h = RevOps.regelu2(sd.nn().linear(z, w1, b1));
 * SDVariable y = RevOps.add(x, sd.nn().linear(h, w2, b2));
 * }</pre>
 *
 * <p>Stock ops around them decide what is kept besides: {@code sd.nn().linear} keeps its input only; {@code mmul(...).add(bias)} also keeps the
 * sum's two inputs, because the backward of stock {@code add} reads them.
 *
 * <p>Each returns the op's value; what it keeps for its backward stays inside the graph. {@code variable.rename(...)} names the value.
 *
 * @since 0.1.0
 */
public final class RevOps {

    private RevOps() {}

    /** GELU that keeps 2 bits per element; approximate gradient. See {@link CodedActivation}. */
    public static SDVariable regelu2(SDVariable x) {
        return new ReGelu2().of(x)[0];
    }

    /** SiLU that keeps 2 bits per element; approximate gradient. See {@link CodedActivation}. */
    public static SDVariable resilu2(SDVariable x) {
        return new ReSilu2().of(x)[0];
    }

    /** GELU that keeps its input; exact gradient. See {@link ExactActivation}. */
    public static SDVariable gelu(SDVariable x) {
        return new RevGelu().of(x)[0];
    }

    /** SiLU that keeps its input; exact gradient. See {@link ExactActivation}. */
    public static SDVariable silu(SDVariable x) {
        return new RevSilu().of(x)[0];
    }

    /** Layer normalisation over the last axis that shares its output with the next layer. See {@link MsNorm}. */
    public static SDVariable msLayerNorm(SDVariable x, double eps) {
        return MsNorm.of(Norm.LAYER, eps).of(x)[0];
    }

    /** RMS normalisation over the last axis that shares its output with the next layer. See {@link MsNorm}. */
    public static SDVariable msRmsNorm(SDVariable x, double eps) {
        return MsNorm.of(Norm.RMS, eps).of(x)[0];
    }

    /** a + b of one shape, for residual connections: keeps neither, where stock {@code add} keeps both. See {@link RevAdd}. */
    public static SDVariable add(SDVariable a, SDVariable b) {
        return RevAdd.sum(a, b);
    }

    /** ReLU that keeps one bit per element. See {@link CodedActivation}. */
    public static SDVariable relu1bit(SDVariable x) {
        return new Relu1Bit().of(x)[0];
    }

    /**
     * Dropout in training, identity in {@code SameDiff.output}. See {@link DropoutReplay}.
     *
     * @param p    probability of dropping (stock ND4J's dropout takes that of keeping)
     * @param seed of this op alone
     */
    public static SDVariable dropoutReplay(SDVariable x, double p, long seed) {
        return DropoutReplay.inGraph(p, seed, false).of(x)[0];
    }

    /** Dropout in training and in {@code SameDiff.output}, for Monte-Carlo dropout and gradient checks. */
    public static SDVariable dropoutReplayAlways(SDVariable x, double p, long seed) {
        return DropoutReplay.inGraph(p, seed, true).of(x)[0];
    }

    /** Attention with scale 1/√dim over {@code [batch, heads, tokens, dim]}. See {@link MemAttention}. */
    public static SDVariable memAttention(SDVariable q, SDVariable k, SDVariable v) {
        return memAttention(q, k, v, null, 0, false);
    }

    /** Attention with a key mask {@code [batch, keys]}: 0 hides a key. */
    public static SDVariable memAttention(SDVariable q, SDVariable k, SDVariable v, @Nullable SDVariable mask) {
        return memAttention(q, k, v, mask, 0, false);
    }

    /**
     * Attention with all settings.
     *
     * @param mask   {@code [batch, keys]}, or null
     * @param scale  factor on q·k; 0 stands for 1/√dim
     * @param causal whether query i sees keys 0..i only
     */
    public static SDVariable memAttention(
            SDVariable q, SDVariable k, SDVariable v, @Nullable SDVariable mask, double scale, boolean causal) {
        return new MemAttention(scale, causal).of(q, k, v, mask)[0];
    }

    /**
     * Leaves out the tokens with the lowest scores, the first one apart, and fuses them, weighted with their scores, into one. See {@link TokenDropOp}.
     *
     * @param x      {@code [batch, tokens, features]}
     * @param scores {@code [batch, tokens]}, of x's type: the attention that tokens receive, say
     * @param keep   part of the tokens behind the first one that stay, in (0, 1]
     * @param fuse   whether the others become one token; gone if not
     */
    public static SDVariable tokenDrop(SDVariable x, SDVariable scores, double keep, boolean fuse) {
        return tokenDrop(x, scores, null, keep, fuse);
    }

    /** The same with a mask {@code [batch, tokens]} of x's type: tokens that it hides (0) are left out first, and count nothing. */
    public static SDVariable tokenDrop(
            SDVariable x, SDVariable scores, @Nullable SDVariable mask, double keep, boolean fuse) {
        return new TokenDropOp(keep, fuse).of(x, scores, mask)[0];
    }

    /** x·W + b that keeps x thinned; the bias may be null. See {@link RazorLinear}. */
    public static SDVariable razorLinear(
            SDVariable x, SDVariable weight, @Nullable SDVariable bias, double prune, RazorValues values) {
        return razorLinear(x, weight, bias, prune, values, RazorFill.ZERO);
    }

    /** The same with what dropped elements count as in backward; so of the ops below. */
    public static SDVariable razorLinear(
            SDVariable x,
            SDVariable weight,
            @Nullable SDVariable bias,
            double prune,
            RazorValues values,
            RazorFill fill) {
        return new RazorLinear(prune, values).fill(fill).of(x, weight, bias)[0];
    }

    /** Convolution that keeps x thinned; the bias may be null. See {@link RazorConv2d}. */
    public static SDVariable razorConv2d(
            SDVariable x,
            SDVariable weight,
            @Nullable SDVariable bias,
            Conv2DConfig config,
            double prune,
            RazorValues values) {
        return razorConv2d(x, weight, bias, config, prune, values, RazorFill.ZERO);
    }

    /** See {@link RazorConv2d}. */
    public static SDVariable razorConv2d(
            SDVariable x,
            SDVariable weight,
            @Nullable SDVariable bias,
            Conv2DConfig config,
            double prune,
            RazorValues values,
            RazorFill fill) {
        return new RazorConv2d(RazorConv2d.settings(config), prune, values)
                .fill(fill)
                .of(x, weight, bias)[0];
    }

    /** a·b of two activations that keeps both thinned. See {@link RazorMatmul}. */
    public static SDVariable razorMatmul(
            SDVariable a, SDVariable b, boolean transposeA, boolean transposeB, double prune, RazorValues values) {
        return razorMatmul(a, b, transposeA, transposeB, prune, values, RazorFill.ZERO);
    }

    /** See {@link RazorMatmul}. */
    public static SDVariable razorMatmul(
            SDVariable a,
            SDVariable b,
            boolean transposeA,
            boolean transposeB,
            double prune,
            RazorValues values,
            RazorFill fill) {
        MMulTranspose transpose = MMulTranspose.builder()
                .transposeA(transposeA)
                .transposeB(transposeB)
                .build();
        return new RazorMatmul(true, true, transpose, prune, values).fill(fill).of(a, b)[0];
    }

    /** Softmax over the last axis that keeps its output thinned. See {@link RazorSoftmax}. */
    public static SDVariable razorSoftmax(SDVariable x, double prune, RazorValues values) {
        return razorSoftmax(x, prune, values, RazorFill.ZERO);
    }

    /** See {@link RazorSoftmax}. */
    public static SDVariable razorSoftmax(SDVariable x, double prune, RazorValues values, RazorFill fill) {
        return new RazorSoftmax(prune, values).fill(fill).of(x)[0];
    }

    /** Layer normalisation over the last axis that keeps x thinned; the bias may be null. See {@link RazorLayerNorm}. */
    public static SDVariable razorLayerNorm(
            SDVariable x, SDVariable gain, @Nullable SDVariable bias, double prune, RazorValues values) {
        return razorLayerNorm(x, gain, bias, prune, values, RazorFill.ZERO);
    }

    /** See {@link RazorLayerNorm}. */
    public static SDVariable razorLayerNorm(
            SDVariable x,
            SDVariable gain,
            @Nullable SDVariable bias,
            double prune,
            RazorValues values,
            RazorFill fill) {
        return new RazorLayerNorm(prune, values).fill(fill).of(x, gain, bias)[0];
    }
}
