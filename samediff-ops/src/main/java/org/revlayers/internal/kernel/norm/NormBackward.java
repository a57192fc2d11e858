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

/**
 * The arguments of the backward of a normalisation, from its kept output z and rstd alone (memory sharing), or from its kept input.
 *
 * <pre>
 *   g = dy·gamma
 *   LAYER: dx = rstd·(g − mean(g) − z·mean(g·z)) + residual      RMS: dx = rstd·(g − z·mean(g·z)) + residual
 *   dGamma = Σ dy·z,  dBeta = Σ dy  (over rows)
 * </pre>
 *
 * @param kind      the statistic
 * @param fromInput false: {@code kept} is z, the output without gamma and beta; true: it is the input s, and z = (s − mean)·rstd (mean null for
 *     RMS)
 * @param kept      {@code [rows, cols]}
 * @param mean      {@code [rows]}, or null
 * @param rstd      {@code [rows]}
 * @param gamma     {@code [cols]}, or null for one
 * @param dy        of kept's shape
 * @param residual  gradient of the skip path, of dy's shape, added to dx; or null; may be dx
 * @param dx        may be dy, but not kept
 * @param dGamma    {@code [cols]}, or null
 * @param dBeta     {@code [cols]}, or null
 */
public record NormBackward(
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

    /** From the kept output without gamma and beta. */
    public static NormBackward ofOutput(Norm kind, INDArray z, INDArray rstd, INDArray dy, INDArray dx) {
        return new NormBackward(kind, false, z, null, rstd, null, dy, null, dx, null, null);
    }

    /** From the kept input. */
    public static NormBackward ofInput(Norm kind, INDArray s, INDArray mean, INDArray rstd, INDArray dy, INDArray dx) {
        return new NormBackward(kind, true, s, mean, rstd, null, dy, null, dx, null, null);
    }

    /** The same with the weight, or null. */
    public NormBackward weighted(INDArray gamma) {
        return new NormBackward(kind, fromInput, kept, mean, rstd, gamma, dy, residual, dx, dGamma, dBeta);
    }

    /** The same with the gradient of the skip path, or null. */
    public NormBackward plus(INDArray residual) {
        return new NormBackward(kind, fromInput, kept, mean, rstd, gamma, dy, residual, dx, dGamma, dBeta);
    }

    /** The same with room for the gradients of weight and shift; each may be null. */
    public NormBackward into(INDArray dGamma, INDArray dBeta) {
        return new NormBackward(kind, fromInput, kept, mean, rstd, gamma, dy, residual, dx, dGamma, dBeta);
    }

    void check() {
        DataType type = values("kept", kept);
        NormForward.kind(kind, mean);
        require(
                kind != Norm.LAYER || !fromInput || mean != null,
                "the backward of LAYER from its input needs the mean, got null: keep it, or pass the output as kept");
        match("mean", mean, rows(kept), statistic(type));
        required("rstd", rstd, rows(kept), statistic(type));
        match("gamma", gamma, cols(kept), type);
        required("dy", dy, kept.length(), type);
        match("residual", residual, kept.length(), type);
        required("dx", dx, kept.length(), type);
        apart("dx", dx, "kept", kept);
        match("dGamma", dGamma, cols(kept), type);
        match("dBeta", dBeta, cols(kept), type);
    }
}
