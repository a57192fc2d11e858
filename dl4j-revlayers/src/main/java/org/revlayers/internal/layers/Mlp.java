package org.revlayers.internal.layers;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Curve;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.kernel.activation.ActivationForward;
import org.revlayers.internal.kernel.activation.ActivationKernels;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.internal.memory.Arena;
import org.revlayers.keep.ActivationMemory;

/**
 * The maths of a two-layer perceptron over rows: u = z·W1 + b1, h = f(u), y = h·W2 (+ b2, added by the caller). Bias, activation and
 * code are one pass over memory.
 *
 * @param curve  f
 * @param memory what is kept of u and h
 * @param learns whether somebody wants gradients of parameters; if not, h is not kept, unless forward is to be the same with a thinned h
 */
public record Mlp(Curve curve, ActivationMemory memory, boolean learns) {

    static final String IN_W = "fc1W";
    static final String IN_B = "fc1B";
    static final String OUT_W = "fc2W";
    public static final String OUT_B = "fc2B";

    /** u, in some form. */
    static final String PRE = "mlp_pre";

    /** Approx-BP's code of u. */
    static final String CODE = "mlp_code";

    /** h. */
    public static final String HIDDEN = "mlp_hidden";

    public Mlp(Curve curve, ActivationMemory memory) {
        this(curve, memory, true);
    }

    private boolean keepsOutput(ActivationStore store) {
        return memory.keepsOutput() && (learns || store.isThinned());
    }

    public static List<ParamSpec> params(long in, long hidden, long out) {
        return List.of(
                ParamSpec.weight(IN_W, in, hidden),
                ParamSpec.bias(IN_B, hidden),
                ParamSpec.weight(OUT_W, hidden, out),
                ParamSpec.bias(OUT_B, out));
    }

    /** What {@link #forward} keeps of u and h, for so many elements per example; h dense if there is no thinning. */
    public static List<Prediction> predict(ActivationMemory memory, long elements, Thinning thinning) {
        List<Prediction> kept = new ArrayList<>(
                switch (memory) {
                    case DENSE, RECOMPUTE -> List.of(Prediction.dense(PRE, elements));
                    case TWO_BIT -> List.of();
                    case FP16 -> Thinning.half().predict(PRE, elements);
                    case THINNED -> thinning.predict(PRE, elements);
                });
        if (memory.keepsOutput()) {
            kept.addAll(Thinning.predict(thinning, HIDDEN, elements));
        }
        if (memory == ActivationMemory.TWO_BIT) {
            kept.add(Prediction.coded(CODE, elements, 2));
        }
        return kept;
    }

    /**
     * @param z   {@code [rows, in]}, must be there again in backward
     * @param out {@code [rows, out]}: y without the output bias is written or added here
     */
    public void forward(INDArray z, Weights w, INDArray out, boolean accumulate, ActivationStore store) {
        INDArray w1 = w.get(IN_W);
        DataType type = z.dataType();
        long rows = z.size(0);
        long hidden = w1.size(1);
        Arena.Scratch scratch = store.scratch();
        boolean dense = memory == ActivationMemory.DENSE || memory == ActivationMemory.RECOMPUTE;
        INDArray h = keepsOutput(store) ? store.take(HIDDEN, type, rows, hidden) : scratch.take(type, rows, hidden);
        INDArray u = dense ? store.keep().take(PRE, Form.DENSE, type, rows, hidden) : h;
        Gemm.multiply(z, w1, u);
        activate(u, w.get(IN_B), h, store);
        if (keepsOutput(store)) {
            store.thin(HIDDEN, h);
        }
        if (accumulate) {
            Gemm.multiplyAdd(h, w.get(OUT_W), out);
        } else {
            Gemm.multiply(h, w.get(OUT_W), out);
        }
        if (keepsOutput(store)) {
            store.free(h);
        } else {
            scratch.give(h);
        }
    }

    /** h = f(u + bias); u + bias is kept in the form that backward reads. */
    private void activate(INDArray u, INDArray bias, INDArray h, ActivationStore store) {
        switch (memory) {
            case DENSE, RECOMPUTE -> ActivationKernels.get()
                    .forward(ActivationForward.of(curve, u, h).withBias(bias).withPre(u));
            case TWO_BIT -> {
                INDArray code = store.keep().take(CODE, Form.CODED, DataType.UINT8, Curve.codeBytes(u.length()));
                ActivationKernels.get()
                        .forward(
                                ActivationForward.of(curve, u, h).withBias(bias).withCode(code));
            }
            case FP16 -> {
                LinearKernels.get().addBias(u, bias);
                halves(store).keep(PRE, u);
                ActivationKernels.get().forward(ActivationForward.of(curve, u, h));
            }
            case THINNED -> {
                LinearKernels.get().addBias(u, bias);
                store.keep(PRE, u);
                ActivationKernels.get().forward(ActivationForward.of(curve, u, h));
            }
        }
    }

    /**
     * Writes the parameter gradients that are wanted and gives back what was kept.
     *
     * @param input of forward
     * @param dy {@code [rows, out]}
     * @param dz {@code [rows, in]}: the input gradient is written or added here; may be dy if it is added
     */
    public void backward(
            LinearInput input, INDArray dy, Weights w, INDArray dz, boolean accumulate, ActivationStore store) {
        INDArray w2 = w.get(OUT_W);
        INDArray dh = store.scratch().take(dy.dataType(), dy.size(0), w2.size(0));
        w.biasGradient(OUT_B, dy);
        if (keepsOutput(store)) {
            INDArray h = store.isThinned() ? null : store.keep().get(HIDDEN);
            store.weightGradient(HIDDEN, h, dy, w.gradient(OUT_W));
            store.keep().release(HIDDEN);
        } else if (w.gradient(OUT_W) != null) {
            ActivationKernels.get()
                    .forward(ActivationForward.of(curve, store.keep().get(PRE), dh));
            Gemm.weightGradient(dh, dy, w.gradient(OUT_W), false);
        }
        Gemm.inputGradient(dy, w2, dh, false);
        activateBackward(dh, store);
        w.biasGradient(IN_B, dh);
        input.weightGradient(dh, w.gradient(IN_B), w.gradient(IN_W), store);
        Gemm.inputGradient(dh, w.get(IN_W), dz, accumulate);
        store.scratch().give(dh);
    }

    private static ActivationStore halves(ActivationStore store) {
        return store.withThinning(Thinning.half()).withMask(null); // what belongs to hidden tokens, too
    }

    /** In place: dh becomes du. */
    private void activateBackward(INDArray dh, ActivationStore store) {
        switch (memory) {
            case DENSE, RECOMPUTE -> ActivationKernels.get()
                    .backward(curve, store.keep().get(PRE), dh, dh);
            case TWO_BIT -> ActivationKernels.get()
                    .codeBackward(curve, store.keep().get(CODE), dh, dh);
            case FP16 -> {
                ActivationStore halves = halves(store);
                INDArray u = halves.recall(PRE, dh.dataType(), dh.shape());
                ActivationKernels.get().backward(curve, u, dh, dh);
                halves.forget(PRE, u);
            }
            case THINNED -> {
                INDArray u = store.recall(PRE, dh.dataType(), dh.shape());
                ActivationKernels.get().backward(curve, u, dh, dh);
                store.forget(PRE, u);
            }
        }
        store.keep().release(PRE);
        store.keep().release(CODE);
    }
}
