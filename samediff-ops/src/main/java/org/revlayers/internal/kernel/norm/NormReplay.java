package org.revlayers.internal.kernel.norm;

import static org.revlayers.internal.kernel.Buffers.cols;
import static org.revlayers.internal.kernel.Buffers.match;
import static org.revlayers.internal.kernel.Buffers.required;
import static org.revlayers.internal.kernel.Buffers.rows;
import static org.revlayers.internal.kernel.Buffers.statistic;
import static org.revlayers.internal.kernel.Buffers.values;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The arguments of a normalisation from statistics that were kept: y = (x − mean)·rstd·gamma + beta.
 *
 * @param x     {@code [rows, cols]}
 * @param mean  {@code [rows]}; null for RMS
 * @param rstd  {@code [rows]}
 * @param gamma {@code [cols]}, or null for one
 * @param beta  {@code [cols]}, or null for zero
 * @param y     of x's shape; may be x
 */
public record NormReplay(INDArray x, INDArray mean, INDArray rstd, INDArray gamma, INDArray beta, INDArray y) {

    /** y = (x − mean)·rstd. */
    public static NormReplay of(INDArray x, INDArray mean, INDArray rstd, INDArray y) {
        return new NormReplay(x, mean, rstd, null, null, y);
    }

    /** y = x·factor, one factor a row. */
    public static NormReplay scaled(INDArray x, INDArray factor, INDArray y) {
        return of(x, null, factor, y);
    }

    /** The same with weight and shift; each may be null. */
    public NormReplay affine(INDArray gamma, INDArray beta) {
        return new NormReplay(x, mean, rstd, gamma, beta, y);
    }

    void check() {
        DataType type = values("x", x);
        match("mean", mean, rows(x), statistic(type));
        required("rstd", rstd, rows(x), statistic(type));
        match("gamma", gamma, cols(x), type);
        match("beta", beta, cols(x), type);
        required("y", y, x.length(), type);
    }
}
