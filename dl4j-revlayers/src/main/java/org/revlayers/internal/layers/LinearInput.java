package org.revlayers.internal.layers;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.kernel.norm.NormKernels;
import org.revlayers.internal.kernel.norm.NormReplay;
import org.revlayers.internal.memory.Arena;

/**
 * The input of a linear layer as its backward finds it: as it was, or thinned. Behind a norm with gamma and beta, what is thinned is the
 * normalised z, and the input x̂ = ẑ·gamma + beta has gradients
 *
 * <pre>
 *   dW = x̂ᵀ·dy = gamma ⊙ (ẑᵀ·dy) + beta ⊗ Σ dy
 * </pre>
 *
 * so that one copy serves the norm and the layer, and what was dropped counts as close to the mean of its token, not to 0.
 *
 * @param dense {@code [rows, in]}, or null
 * @param name  under which the store has it, if dense is null
 * @param gamma {@code [in]}, or null for one
 * @param beta  {@code [in]}, or null for zero
 */
public record LinearInput(INDArray dense, String name, INDArray gamma, INDArray beta) {

    public static LinearInput of(INDArray dense) {
        return new LinearInput(dense, null, null, null);
    }

    /** Of a layer that does not learn: nobody kept it. */
    public static LinearInput none() {
        return of(null);
    }

    public static LinearInput thinned(String name) {
        return new LinearInput(null, name, null, null);
    }

    /**
     * The gradient of the weight; what is kept of the input is given back.
     *
     * @param dy {@code [rows, out]}
     * @param db Σ dy
     * @param dw {@code [in, out]}, or null if nobody wants it
     */
    void weightGradient(INDArray dy, INDArray db, INDArray dw, ActivationStore store) {
        store.weightGradient(name, dense, dy, dw);
        if (dw != null && gamma != null) {
            scaleRows(dw, store.scratch());
        }
        if (dw != null && beta != null) {
            Gemm.multiplyAdd(beta.reshape('c', beta.length(), 1), db.reshape('c', 1, db.length()), dw);
        }
    }

    /** Row i times gamma[i]: the replay of a norm, whose statistics are never of half precision. */
    private void scaleRows(INDArray dw, Arena.Scratch scratch) {
        DataType type = Buffers.statistic(gamma.dataType());
        INDArray factors = gamma;
        if (type != gamma.dataType()) {
            factors = scratch.take(type, gamma.shape());
            factors.assign(gamma);
        }
        NormKernels.get().replay(NormReplay.scaled(dw, factors, dw));
        if (factors != gamma) {
            scratch.give(factors);
        }
    }
}
