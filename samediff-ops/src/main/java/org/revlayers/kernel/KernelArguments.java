package org.revlayers.kernel;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.activation.Curve;
import org.revlayers.kernel.attention.AttentionShape;
import org.revlayers.kernel.attention.HeadView;
import org.revlayers.kernel.norm.Norm;
import org.revlayers.kernel.norm.NormInput;

/**
 * The argument checks of {@link Kernels}, one method per kernel, shared by its implementations. Each error names the invariant, what came, and
 * the remedy. Cost: a few comparisons per array, whatever its size.
 */
public final class KernelArguments {

    private KernelArguments() {}

    public static void activation(INDArray x, INDArray bias, INDArray pre, INDArray y, INDArray code) {
        DataType type = values("x", x);
        Buffers.match("bias", bias, cols(x), type);
        Buffers.match("pre", pre, x.length(), type);
        required("y", y, x.length(), type);
        Buffers.match("code", code, Curve.codeBytes(x.length()), DataType.UINT8);
        apart("pre", pre, "y", y);
    }

    public static void activationBackward(INDArray x, INDArray dy, INDArray dx) {
        DataType type = values("x", x);
        required("dy", dy, x.length(), type);
        required("dx", dx, x.length(), type);
    }

    public static void codeBackward(INDArray code, INDArray dy, INDArray dx) {
        DataType type = values("dy", dy);
        required("code", code, Curve.codeBytes(dy.length()), DataType.UINT8);
        required("dx", dx, dy.length(), type);
    }

    public static void relu(INDArray x, INDArray y, INDArray mask) {
        DataType type = values("x", x);
        required("y", y, x.length(), type);
        Buffers.match("mask", mask, maskBytes(x.length()), DataType.UINT8);
    }

    public static void maskBackward(INDArray mask, INDArray dy, INDArray dx) {
        DataType type = values("dy", dy);
        required("mask", mask, maskBytes(dy.length()), DataType.UINT8);
        required("dx", dx, dy.length(), type);
    }

    public static void dropout(INDArray x, double p, INDArray y, INDArray mask) {
        require(p >= 0 && p < 1, "p is the probability of dropping, 0 <= p < 1, not " + p);
        relu(x, y, mask);
    }

    public static void norm(
            Norm kind,
            double eps,
            NormInput in,
            INDArray gamma,
            INDArray beta,
            INDArray y,
            INDArray mean,
            INDArray rstd) {
        INDArray x = in.x();
        DataType type = values("x", x);
        require(eps >= 0 && Double.isFinite(eps), "eps must be finite and not negative, not " + eps);
        Buffers.match("bias", in.bias(), cols(x), type);
        Buffers.match("residual", in.residual(), x.length(), type);
        Buffers.match("sum", in.sum(), x.length(), type);
        affine(gamma, beta, x, type);
        required("y", y, x.length(), type);
        apart("y", y, "sum", in.sum());
        meanFits(kind, mean);
        Buffers.match("mean", mean, rows(x), statistic(type));
        Buffers.match("rstd", rstd, rows(x), statistic(type));
    }

    public static void normReplay(INDArray x, INDArray mean, INDArray rstd, INDArray gamma, INDArray beta, INDArray y) {
        DataType type = values("x", x);
        Buffers.match("mean", mean, rows(x), statistic(type));
        required("rstd", rstd, rows(x), statistic(type));
        affine(gamma, beta, x, type);
        required("y", y, x.length(), type);
    }

    public static void normBackward(
            Norm kind,
            boolean fromInput,
            INDArray kept,
            INDArray mean,
            INDArray rstd,
            INDArray gamma,
            INDArray dy,
            INDArray residual,
            INDArray dx,
            INDArray dGamma,
            INDArray dBeta) {
        DataType type = values("kept", kept);
        meanFits(kind, mean);
        require(
                kind != Norm.LAYER || !fromInput || mean != null,
                "the backward of LAYER from its input needs the mean, got null: keep it, or pass the output as kept");
        Buffers.match("mean", mean, rows(kept), statistic(type));
        required("rstd", rstd, rows(kept), statistic(type));
        Buffers.match("gamma", gamma, cols(kept), type);
        required("dy", dy, kept.length(), type);
        Buffers.match("residual", residual, kept.length(), type);
        required("dx", dx, kept.length(), type);
        apart("dx", dx, "kept", kept);
        Buffers.match("dGamma", dGamma, cols(kept), type);
        Buffers.match("dBeta", dBeta, cols(kept), type);
    }

    public static void addBias(INDArray x, INDArray bias) {
        required("bias", bias, cols(x), values("x", x));
    }

    public static void columnSums(INDArray x, INDArray out) {
        required("out", out, cols(x), values("x", x));
        apart("out", out, "x", x);
    }

    public static void softmax(INDArray x, INDArray y) {
        required("y", y, Buffers.contiguous("x", x).length(), values("x", x));
    }

    public static void softmaxBackward(INDArray y, INDArray dy, INDArray dx) {
        DataType type = values("y", y);
        required("dy", dy, y.length(), type);
        required("dx", dx, y.length(), type);
    }

    public static void attention(
            AttentionShape shape,
            HeadView q,
            HeadView k,
            HeadView v,
            INDArray keyMask,
            HeadView out,
            INDArray lse,
            INDArray probs) {
        require(
                shape.batch() > 0 && shape.heads() > 0 && shape.queries() > 0 && shape.keys() > 0 && shape.dim() > 0,
                "every size of an attention must be positive, got " + shape);
        require(Double.isFinite(shape.scale()), "the scale of an attention must be finite, got " + shape);
        DataType type = values("q", q.array());
        heads("q", q, shape, shape.queries(), type);
        heads("k", k, shape, shape.keys(), type);
        heads("v", v, shape, shape.keys(), type);
        heads("out", out, shape, shape.queries(), type);
        Buffers.match("keyMask", keyMask, (long) shape.batch() * shape.keys(), type);
        long rows = (long) shape.batch() * shape.heads() * shape.queries();
        Buffers.match("lse", lse, rows, statistic(type));
        Buffers.match("probs", probs, rows * shape.keys(), type);
    }

    public static void attentionBackward(
            AttentionShape shape,
            HeadView q,
            HeadView k,
            HeadView v,
            INDArray keyMask,
            HeadView out,
            INDArray lse,
            INDArray probs,
            HeadView dOut,
            HeadView dq,
            HeadView dk,
            HeadView dv) {
        attention(shape, q, k, v, keyMask, out, lse, probs);
        require(
                lse != null || probs != null,
                "the backward of attention needs lse or probs, got null for both: pass lse to the forward and keep it");
        DataType type = q.array().dataType();
        heads("dOut", dOut, shape, shape.queries(), type);
        heads("dq", dq, shape, shape.queries(), type);
        heads("dk", dk, shape, shape.keys(), type);
        heads("dv", dv, shape, shape.keys(), type);
        for (HeadView gradient : List.of(dq, dk, dv)) {
            for (HeadView input : List.of(q, k, v, out, dOut)) {
                apart("dq, dk and dv", gradient.array(), "q, k, v, out and dOut", input.array());
            }
        }
    }

    /** The size of the last axis. */
    public static long cols(INDArray x) {
        return x.rank() == 0 ? 1 : x.size(-1);
    }

    /** The product of all axes but the last. */
    public static long rows(INDArray x) {
        return x.length() / cols(x);
    }

    /** How many bytes the mask bits of {@code elements} elements take. */
    public static long maskBytes(long elements) {
        return (elements + 7) / 8;
    }

    /** The type of row statistics: half has too few digits to recompute from. */
    public static DataType statistic(DataType values) {
        return values == DataType.FLOAT16 ? DataType.FLOAT : values;
    }

    public static DataType values(String name, INDArray array) {
        DataType type = Buffers.contiguous(name, array).dataType();
        Buffers.require(
                type == DataType.FLOAT || type == DataType.DOUBLE || type == DataType.FLOAT16,
                name + " must be FLOAT, DOUBLE or HALF: call castTo first",
                array);
        return type;
    }

    public static void required(String name, INDArray array, long length, DataType type) {
        Buffers.match(name, Buffers.contiguous(name, array), length, type);
    }

    private static void affine(INDArray gamma, INDArray beta, INDArray x, DataType type) {
        Buffers.match("gamma", gamma, cols(x), type);
        Buffers.match("beta", beta, cols(x), type);
    }

    private static void meanFits(Norm kind, INDArray mean) {
        require(kind != null, "the kind of norm must not be null");
        require(
                kind == Norm.LAYER || mean == null,
                "an RMS norm has no mean: pass null, not " + Buffers.describe(mean));
    }

    private static void heads(String name, HeadView view, AttentionShape shape, int tokens, DataType type) {
        Buffers.contiguous(name, view.array());
        Buffers.match(name, view.array(), view.array().length(), type);
        long end = view.offset()
                + (shape.batch() - 1) * view.batchStride()
                + (shape.heads() - 1) * view.headStride()
                + (tokens - 1) * view.tokenStride()
                + shape.dim();
        boolean forward = view.batchStride() >= 0 && view.headStride() >= 0 && view.tokenStride() >= 0;
        Buffers.require(
                view.offset() >= 0 && forward && end <= view.array().length(),
                name + " must hold " + tokens + " tokens of " + shape + ", but that view ends at element " + end
                        + ": check its axes and its offset",
                view.array());
    }

    /** Throws if the two arrays share memory. */
    public static void apart(String nameA, INDArray a, String nameB, INDArray b) {
        if (a != null && b != null) {
            long startA = Buffers.address(a);
            long startB = Buffers.address(b);
            require(
                    startA + bytes(a) <= startB || startB + bytes(b) <= startA,
                    nameA + " must not share memory with " + nameB + "; got " + Buffers.describe(a) + " and "
                            + Buffers.describe(b) + ": pass another array");
        }
    }

    private static long bytes(INDArray array) {
        return array.length() * array.dataType().width();
    }

    public static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
