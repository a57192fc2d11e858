package org.revlayers.internal.weights;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.weights.TensorSource;

/**
 * The parameters of one transformer block, in one orientation whatever the file: matrices are {@code [in, out]} in C
 * order, so that a layer computes {@code x W + b}. Vectors are rank 1. All arrays are FLOAT and detached.
 *
 * <p>In a pre-LN block (ViT, Hiera) norm1 comes before attention and norm2 before the MLP. In a post-LN block (BERT) norm1
 * comes after attention's residual sum and norm2 after the MLP's.
 *
 * @param norm1Gamma {@code [dim]}
 * @param norm1Beta  {@code [dim]}
 * @param qkvW       {@code [dim, 3 dim]}: the columns of q, then of k, then of v; in each, head by head
 * @param qkvB       {@code [3 dim]}
 * @param projW      {@code [dim, dim]}
 * @param projB      {@code [dim]}
 * @param norm2Gamma {@code [dim]}
 * @param norm2Beta  {@code [dim]}
 * @param fc1W       {@code [dim, hidden]}
 * @param fc1B       {@code [hidden]}
 * @param fc2W       {@code [hidden, dim]}
 * @param fc2B       {@code [dim]}
 */
public record VitBlockWeights(
        INDArray norm1Gamma,
        INDArray norm1Beta,
        INDArray qkvW,
        INDArray qkvB,
        INDArray projW,
        INDArray projB,
        INDArray norm2Gamma,
        INDArray norm2Beta,
        INDArray fc1W,
        INDArray fc1B,
        INDArray fc2W,
        INDArray fc2B) {

    public VitBlockWeights {
        long dim = norm1Gamma.length();
        long hidden = fc1B.length();
        expect("norm1Gamma", norm1Gamma, dim);
        expect("norm1Beta", norm1Beta, dim);
        expect("qkvW", qkvW, dim, 3 * dim);
        expect("qkvB", qkvB, 3 * dim);
        expect("projW", projW, dim, dim);
        expect("projB", projB, dim);
        expect("norm2Gamma", norm2Gamma, dim);
        expect("norm2Beta", norm2Beta, dim);
        expect("fc1W", fc1W, dim, hidden);
        expect("fc1B", fc1B, hidden);
        expect("fc2W", fc2W, hidden, dim);
        expect("fc2B", fc2B, dim);
    }

    /**
     * A block of which a PyTorch file has everything but the projections of q, k and v by the same rule, a {@code weight} and a {@code
     * bias} under one name.
     */
    static VitBlockWeights of(
            TensorSource source,
            String norm1,
            INDArray qkvW,
            INDArray qkvB,
            String proj,
            String norm2,
            String fc1,
            String fc2) {
        return new VitBlockWeights(
                source.read(norm1 + ".weight"),
                source.read(norm1 + ".bias"),
                qkvW,
                qkvB,
                NameMap.matrix(source, proj),
                source.read(proj + ".bias"),
                source.read(norm2 + ".weight"),
                source.read(norm2 + ".bias"),
                NameMap.matrix(source, fc1),
                source.read(fc1 + ".bias"),
                NameMap.matrix(source, fc2),
                source.read(fc2 + ".bias"));
    }

    /** Features per token. */
    public long dim() {
        return norm1Gamma.length();
    }

    /** Features inside the MLP. */
    public long hidden() {
        return fc1B.length();
    }

    static void expect(String what, INDArray array, long... shape) {
        if (!Arrays.equals(array.shape(), shape)) {
            throw new IllegalArgumentException(what + " must have the shape " + Arrays.toString(shape) + ", it has "
                    + Arrays.toString(array.shape()) + ": the file is of another model or is transposed");
        }
    }
}
