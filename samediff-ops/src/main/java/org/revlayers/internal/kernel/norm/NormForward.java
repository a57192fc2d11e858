package org.revlayers.internal.kernel.norm;

import static org.revlayers.internal.kernel.Buffers.apart;
import static org.revlayers.internal.kernel.Buffers.cols;
import static org.revlayers.internal.kernel.Buffers.match;
import static org.revlayers.internal.kernel.Buffers.require;
import static org.revlayers.internal.kernel.Buffers.required;
import static org.revlayers.internal.kernel.Buffers.rows;
import static org.revlayers.internal.kernel.Buffers.statistic;
import static org.revlayers.internal.kernel.Buffers.values;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Norm;
import org.revlayers.internal.kernel.Buffers;

/**
 * The arguments of a normalisation over the last axis: y = z·gamma + beta, z as in {@link Norm}, of s = x + bias + residual.
 *
 * @param kind  the statistic
 * @param eps   added to the variance, or to the mean square
 * @param in    x, bias and residual
 * @param gamma {@code [cols]}, or null for one
 * @param beta  {@code [cols]}, or null for zero
 * @param y     receives the result; may be {@code in.x()} if {@code in.sum()} is another array or null
 * @param mean  {@code [rows]}, receives the mean (LAYER only), or null
 * @param rstd  {@code [rows]}, receives 1/√(var + eps) or 1/√(mean square + eps), or null
 */
public record NormForward(
        Norm kind, double eps, NormInput in, INDArray gamma, INDArray beta, INDArray y, INDArray mean, INDArray rstd) {

    /** y = z, no statistics kept. */
    public static NormForward of(Norm kind, double eps, NormInput in, INDArray y) {
        return new NormForward(kind, eps, in, null, null, y, null, null);
    }

    /** The same with weight and shift; each may be null. */
    public NormForward affine(INDArray gamma, INDArray beta) {
        return new NormForward(kind, eps, in, gamma, beta, y, mean, rstd);
    }

    /** The same with room for the statistics; each may be null. */
    public NormForward statistics(INDArray mean, INDArray rstd) {
        return new NormForward(kind, eps, in, gamma, beta, y, mean, rstd);
    }

    void check() {
        INDArray x = in.x();
        DataType type = values("x", x);
        require(eps >= 0 && Double.isFinite(eps), "eps must be finite and not negative, not " + eps);
        match("bias", in.bias(), cols(x), type);
        match("residual", in.residual(), x.length(), type);
        match("sum", in.sum(), x.length(), type);
        match("gamma", gamma, cols(x), type);
        match("beta", beta, cols(x), type);
        required("y", y, x.length(), type);
        apart("y", y, "sum", in.sum());
        kind(kind, mean);
        match("mean", mean, rows(x), statistic(type));
        match("rstd", rstd, rows(x), statistic(type));
    }

    /** Throws unless there is a kind, and a mean for LAYER only. */
    static void kind(Norm kind, INDArray mean) {
        require(kind != null, "the kind of norm must not be null");
        require(
                kind == Norm.LAYER || mean == null,
                "an RMS norm has no mean: pass null, not " + Buffers.describe(mean));
    }
}
