package org.revlayers.layers;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Curve;
import org.revlayers.kernel.Gemm;
import org.revlayers.kernel.Kernels;
import org.revlayers.memory.Arena;
import org.revlayers.memory.Form;
import org.revlayers.memory.Kept;

/**
 * The maths of a two-layer perceptron over rows: u = z·W1 + b1, h = f(u), y = h·W2 (+ b2, added by the caller). Bias, activation and
 * code are one pass over memory.
 *
 * @param curve  f
 * @param memory what is kept of u and h
 */
record Mlp(Curve curve, ActivationMemory memory) {

    static final String IN_W = "fc1W";
    static final String IN_B = "fc1B";
    static final String OUT_W = "fc2W";
    static final String OUT_B = "fc2B";

    static List<ParamSpec> params(long in, long hidden, long out) {
        return List.of(
                ParamSpec.weight(IN_W, in, hidden),
                ParamSpec.bias(IN_B, hidden),
                ParamSpec.weight(OUT_W, hidden, out),
                ParamSpec.bias(OUT_B, out));
    }

    /**
     * @param z   {@code [rows, in]}, must be there again in backward
     * @param out {@code [rows, out]}: y without the output bias is written or added here
     */
    void forward(INDArray z, Weights w, INDArray out, boolean accumulate, Kept keep) {
        Kernels kernels = Kernels.get();
        INDArray w1 = w.get(IN_W);
        DataType type = z.dataType();
        long rows = z.size(0);
        long hidden = w1.size(1);
        boolean keepsInput = memory != ActivationMemory.TWO_BIT;
        INDArray u = keep.take(keepsInput ? "mlp_pre" : "mlp_hidden", Form.DENSE, type, rows, hidden);
        Gemm.multiply(z, w1, u);
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray h;
            switch (memory) {
                case DENSE -> {
                    h = keep.take("mlp_hidden", Form.DENSE, type, rows, hidden);
                    kernels.activation(curve, u, w.get(IN_B), u, h, null);
                }
                case RECOMPUTE -> {
                    h = scratch.take(type, rows, hidden);
                    kernels.activation(curve, u, w.get(IN_B), u, h, null);
                }
                default -> {
                    h = u;
                    INDArray code = keep.take("mlp_code", Form.CODED, DataType.UINT8, Curve.codeBytes(rows * hidden));
                    kernels.activation(curve, u, w.get(IN_B), null, h, code);
                }
            }
            if (accumulate) {
                Gemm.multiplyAdd(h, w.get(OUT_W), out);
            } else {
                Gemm.multiply(h, w.get(OUT_W), out);
            }
        }
    }

    /**
     * Writes all four parameter gradients and gives back what was kept.
     *
     * @param z  the input of forward
     * @param dy {@code [rows, out]}
     * @param dz {@code [rows, in]}: the input gradient is written or added here; may be dy if it is added
     */
    void backward(INDArray z, INDArray dy, Weights w, INDArray dz, boolean accumulate, Kept keep) {
        Kernels kernels = Kernels.get();
        INDArray w2 = w.get(OUT_W);
        long rows = z.size(0);
        long hidden = w2.size(0);
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray dh = scratch.take(z.dataType(), rows, hidden);
            kernels.columnSums(dy, w.gradient(OUT_B));
            INDArray h = keep.get("mlp_hidden");
            if (memory == ActivationMemory.RECOMPUTE) {
                h = dh;
                kernels.activation(curve, keep.get("mlp_pre"), null, null, h, null);
            }
            Gemm.weightGradient(h, dy, w.gradient(OUT_W), false);
            keep.release("mlp_hidden");
            Gemm.inputGradient(dy, w2, dh, false);
            if (memory == ActivationMemory.TWO_BIT) {
                kernels.codeBackward(curve, keep.get("mlp_code"), dh, dh);
                keep.release("mlp_code");
            } else {
                kernels.activationBackward(curve, keep.get("mlp_pre"), dh, dh);
                keep.release("mlp_pre");
            }
            kernels.columnSums(dh, w.gradient(IN_B));
            Gemm.weightGradient(z, dh, w.gradient(IN_W), false);
            Gemm.inputGradient(dh, w.get(IN_W), dz, accumulate);
        }
    }
}
