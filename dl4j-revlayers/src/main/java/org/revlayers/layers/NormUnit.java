package org.revlayers.layers;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Norm;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.norm.NormBackward;
import org.revlayers.internal.kernel.norm.NormForward;
import org.revlayers.internal.kernel.norm.NormInput;
import org.revlayers.internal.kernel.norm.NormKernels;
import org.revlayers.internal.kernel.norm.NormReplay;
import org.revlayers.internal.layers.ParamSpec;
import org.revlayers.internal.layers.Weights;

/**
 * The maths of one normalisation inside a container, by where its backward finds its input.
 *
 * <ul>
 *   <li>{@code fromInput}: the input (kept by someone, or here under {@code name}) with mean and rstd; z is computed again when a linear
 *       layer's weight gradient wants it. Exact bits: replay gives what forward gave.
 *   <li>otherwise memory sharing: z itself is kept here under {@code name}, for this backward and for the linear layers that read it,
 *       with rstd. Needs a normalisation without gamma and beta.
 * </ul>
 *
 * @param kind      LayerNorm or RMSNorm
 * @param eps       added to the variance or mean square
 * @param affine    whether gamma (and beta, LayerNorm only) exist
 * @param fromInput see above; an affine normalisation has to be
 * @param name      prefix of what is kept
 */
record NormUnit(Norm kind, double eps, boolean affine, boolean fromInput, String name) {

    static final String GAMMA = "Gamma";
    static final String BETA = "Beta";

    NormUnit {
        if (affine && !fromInput) {
            throw new IllegalArgumentException(
                    "a normalisation with gamma and beta cannot share its output with the next"
                            + " linear layer: merge them into that layer first (Memory.sharedNorms), or keep the input");
        }
    }

    static List<ParamSpec> params(String prefix, Norm kind, boolean affine, long features) {
        if (!affine) {
            return List.of();
        }
        ParamSpec gamma = ParamSpec.gain(prefix + GAMMA, features, 1);
        return kind == Norm.RMS ? List.of(gamma) : List.of(gamma, ParamSpec.bias(prefix + BETA, features));
    }

    /**
     * What is kept of an input that nobody else keeps.
     *
     * @param thinning of the normalised values, which are kept instead of the input then, for this backward and for the linear layer behind; or
     *                 null
     */
    List<Prediction> predict(long rows, long features, Thinning thinning) {
        if (thinning == null) {
            return predict(rows, features, false);
        }
        List<Prediction> kept = new ArrayList<>(thinning.predict(name, rows * features));
        kept.add(Prediction.rebuilt(name + "_rstd", rows));
        return kept;
    }

    private List<Prediction> statistics(long rows) {
        Prediction rstd = Prediction.rebuilt(name + "_rstd", rows);
        return fromInput && kind == Norm.LAYER
                ? List.of(rstd, Prediction.rebuilt(name + "_mean", rows))
                : List.of(rstd);
    }

    List<Prediction> predict(long rows, long features, boolean inputIsShared) {
        List<Prediction> kept = new ArrayList<>();
        kept.add(
                fromInput && inputIsShared
                        ? Prediction.shared(name, rows * features)
                        : Prediction.dense(name, rows * features));
        kept.addAll(statistics(rows));
        return kept;
    }

    /**
     * Normalises into {@code y}; the statistics go to {@code keep}. The caller keeps the input or the output.
     *
     * @param y {@code [rows, features]}
     */
    void forward(NormInput in, Weights w, INDArray y, Kept keep) {
        DataType stored = Buffers.statistic(in.x().dataType());
        long rows = in.x().length() / in.x().size(-1);
        INDArray mean = fromInput && kind == Norm.LAYER ? keep.take(name + "_mean", Form.REBUILT, stored, rows) : null;
        INDArray rstd = keep.take(name + "_rstd", Form.REBUILT, stored, rows);
        NormKernels.get().forward(new NormForward(kind, eps, in, w.get(GAMMA), w.get(BETA), y, mean, rstd));
    }

    /** Writes the output again into {@code y} from the kept input. */
    void replay(INDArray input, Weights w, INDArray y, Kept keep) {
        NormKernels.get()
                .replay(new NormReplay(
                        input, keep.get(name + "_mean"), keep.get(name + "_rstd"), w.get(GAMMA), w.get(BETA), y));
    }

    /** The output without gamma and beta, from the input of forward; backward is to read it instead of the input. */
    void normalised(INDArray input, INDArray z, Kept keep) {
        NormKernels.get().replay(NormReplay.of(input, keep.get(name + "_mean"), keep.get(name + "_rstd"), z));
        keep.release(name + "_mean");
    }

    /** {@link #backward(INDArray, boolean, INDArray, INDArray, INDArray, Weights, Kept)} from what {@link #fromInput} says. */
    void backward(INDArray value, INDArray dy, INDArray residual, INDArray dx, Weights w, Kept keep) {
        backward(value, fromInput, dy, residual, dx, w, keep);
    }

    /**
     * dx = gradient of the input + residual; writes dGamma and dBeta; gives the statistics back.
     *
     * @param value    the input or z
     * @param isInput  which of them
     * @param residual gradient that reaches the input on another path, or null
     */
    void backward(INDArray value, boolean isInput, INDArray dy, INDArray residual, INDArray dx, Weights w, Kept keep) {
        NormKernels.get()
                .backward(new NormBackward(
                        kind,
                        isInput,
                        value,
                        keep.get(name + "_mean"),
                        keep.get(name + "_rstd"),
                        w.get(GAMMA),
                        dy,
                        residual,
                        dx,
                        w.gradient(GAMMA),
                        w.gradient(BETA)));
        keep.release(name + "_mean");
        keep.release(name + "_rstd");
    }
}
