package org.revlayers.kernel;

import static org.revlayers.kernel.Buffers.address;
import static org.revlayers.kernel.NativeCall.run;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.activation.Curve;
import org.revlayers.kernel.attention.AttentionShape;
import org.revlayers.kernel.attention.HeadView;
import org.revlayers.kernel.norm.Norm;
import org.revlayers.kernel.norm.NormInput;

/**
 * The fp32 kernels in C++ (OpenMP; SSE2, AVX2 or AVX-512, picked at run time). Other types go to the portable implementation.
 *
 * <p>The library is compiled by Maven and travels in the jar. Arrays must live in host memory.
 */
public final class NativeKernels implements Kernels {

    private static final String[] INSTRUCTION_SETS = {"base", "avx2", "avx512"};

    private final Kernels others;

    /**
     * Loads the library.
     *
     * @param others runs every type but FLOAT
     * @throws LinkageError if there is no library for this platform
     */
    public NativeKernels(Kernels others) {
        this.others = others;
        NativeLibrary.rl_isa();
    }

    @Override
    public String name() {
        return "native " + INSTRUCTION_SETS[NativeLibrary.rl_isa()] + " (" + NativeLibrary.rl_threads() + " threads)";
    }

    /** Limits the instruction set to base (0), avx2 (1) or avx512 (2), for tests and comparisons. Process-wide. */
    public static void limitInstructionSet(int level) {
        NativeLibrary.rl_set_isa(level);
    }

    /**
     * The CPU core that an OpenBLAS library works for, in its own words.
     *
     * @param library path of the loaded library
     * @return empty if it is not loaded or does not tell
     */
    public static String blasCore(String library) {
        return NativeLibrary.rl_blas_core(library);
    }

    /** The best instruction set of this machine, as in {@link #limitInstructionSet}. */
    public static int bestInstructionSet() {
        return NativeLibrary.rl_best_isa();
    }

    /** Sets how many threads the calling thread's kernels use. */
    public static void setThreads(int threads) {
        NativeLibrary.rl_set_threads(threads);
    }

    /** Copies {@code to = from} with all threads: the measure of the machine's bandwidth. */
    public static void copy(INDArray from, INDArray to) {
        Buffers.match("to", Buffers.contiguous("to", to), from.length(), from.dataType());
        run(() -> NativeLibrary.rl_copy(
                address(Buffers.contiguous("from", from)),
                address(to),
                from.length() * from.dataType().width()));
    }

    /** Null counts as fp32, so that the check of the arguments names it. */
    private static boolean isFloat(INDArray array) {
        return array == null || array.dataType() == DataType.FLOAT;
    }

    private static long cols(INDArray array) {
        return array.size(-1);
    }

    private static long rows(INDArray array) {
        return array.length() / cols(array);
    }

    @Override
    public void activation(Curve curve, INDArray x, INDArray bias, INDArray pre, INDArray y, INDArray code) {
        if (!isFloat(x)) {
            others.activation(curve, x, bias, pre, y, code);
            return;
        }
        KernelArguments.activation(x, bias, pre, y, code);
        double[] knots = curve.getKnots();
        run(() -> NativeLibrary.rl_activation(
                curve.ordinal(),
                (float) knots[0],
                (float) knots[1],
                (float) knots[2],
                address(x),
                address(bias),
                address(pre),
                address(y),
                address(code),
                x.length(),
                cols(x)));
    }

    @Override
    public void activationBackward(Curve curve, INDArray x, INDArray dy, INDArray dx) {
        if (!isFloat(x)) {
            others.activationBackward(curve, x, dy, dx);
            return;
        }
        KernelArguments.activationBackward(x, dy, dx);
        run(() -> NativeLibrary.rl_activation_backward(
                curve.ordinal(), address(x), address(dy), address(dx), x.length()));
    }

    @Override
    public void codeBackward(Curve curve, INDArray code, INDArray dy, INDArray dx) {
        if (!isFloat(dy)) {
            others.codeBackward(curve, code, dy, dx);
            return;
        }
        KernelArguments.codeBackward(code, dy, dx);
        run(() -> NativeLibrary.rl_code_backward(
                (float) curve.level(1), (float) curve.level(2), address(code), address(dy), address(dx), dy.length()));
    }

    @Override
    public void relu(INDArray x, INDArray y, INDArray mask) {
        if (!isFloat(x)) {
            others.relu(x, y, mask);
            return;
        }
        KernelArguments.relu(x, y, mask);
        run(() -> NativeLibrary.rl_relu(address(x), address(y), address(mask), x.length()));
    }

    @Override
    public void maskBackward(INDArray mask, double scale, INDArray dy, INDArray dx) {
        if (!isFloat(dy)) {
            others.maskBackward(mask, scale, dy, dx);
            return;
        }
        KernelArguments.maskBackward(mask, dy, dx);
        run(() -> NativeLibrary.rl_mask_backward(address(mask), (float) scale, address(dy), address(dx), dy.length()));
    }

    @Override
    public void dropout(INDArray x, double p, long seed, INDArray y, INDArray mask) {
        if (!isFloat(x)) {
            others.dropout(x, p, seed, y, mask);
            return;
        }
        KernelArguments.dropout(x, p, y, mask);
        int threshold = (int) (long) Math.floor(p * 0x1p32);
        run(() -> NativeLibrary.rl_dropout(
                address(x), threshold, (float) (1 / (1 - p)), seed, address(y), address(mask), x.length()));
    }

    @Override
    public void norm(
            Norm kind,
            double eps,
            NormInput in,
            INDArray gamma,
            INDArray beta,
            INDArray y,
            INDArray mean,
            INDArray rstd) {
        if (!isFloat(in.x())) {
            others.norm(kind, eps, in, gamma, beta, y, mean, rstd);
            return;
        }
        KernelArguments.norm(kind, eps, in, gamma, beta, y, mean, rstd);
        run(() -> NativeLibrary.rl_norm(
                kind == Norm.LAYER,
                (float) eps,
                address(in.x()),
                address(in.bias()),
                address(in.residual()),
                address(in.sum()),
                address(gamma),
                address(beta),
                address(y),
                address(mean),
                address(rstd),
                rows(in.x()),
                cols(in.x())));
    }

    @Override
    public void normReplay(INDArray x, INDArray mean, INDArray rstd, INDArray gamma, INDArray beta, INDArray y) {
        if (!isFloat(x)) {
            others.normReplay(x, mean, rstd, gamma, beta, y);
            return;
        }
        KernelArguments.normReplay(x, mean, rstd, gamma, beta, y);
        run(() -> NativeLibrary.rl_norm_replay(
                address(x), address(mean), address(rstd), address(gamma), address(beta), address(y), rows(x), cols(x)));
    }

    @Override
    public void normBackward(
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
        if (!isFloat(kept)) {
            others.normBackward(kind, fromInput, kept, mean, rstd, gamma, dy, residual, dx, dGamma, dBeta);
            return;
        }
        KernelArguments.normBackward(kind, fromInput, kept, mean, rstd, gamma, dy, residual, dx, dGamma, dBeta);
        run(() -> NativeLibrary.rl_norm_backward(
                kind == Norm.LAYER,
                fromInput,
                address(kept),
                address(mean),
                address(rstd),
                address(gamma),
                address(dy),
                address(residual),
                address(dx),
                address(dGamma),
                address(dBeta),
                rows(kept),
                cols(kept)));
    }

    @Override
    public void addBias(INDArray x, INDArray bias) {
        if (!isFloat(x)) {
            others.addBias(x, bias);
            return;
        }
        KernelArguments.addBias(x, bias);
        run(() -> NativeLibrary.rl_add_bias(address(x), address(bias), rows(x), cols(x)));
    }

    @Override
    public void columnSums(INDArray x, INDArray out) {
        if (!isFloat(x)) {
            others.columnSums(x, out);
            return;
        }
        KernelArguments.columnSums(x, out);
        run(() -> NativeLibrary.rl_column_sums(address(x), address(out), rows(x), cols(x)));
    }

    @Override
    public void softmax(INDArray x, INDArray y) {
        if (!isFloat(x)) {
            others.softmax(x, y);
            return;
        }
        KernelArguments.softmax(x, y);
        run(() -> NativeLibrary.rl_softmax(address(x), address(y), rows(x), cols(x)));
    }

    @Override
    public void softmaxBackward(INDArray y, INDArray dy, INDArray dx) {
        if (!isFloat(y)) {
            others.softmaxBackward(y, dy, dx);
            return;
        }
        KernelArguments.softmaxBackward(y, dy, dx);
        run(() -> NativeLibrary.rl_softmax_backward(address(y), address(dy), address(dx), rows(y), cols(y)));
    }

    @Override
    public void attention(
            AttentionShape shape,
            HeadView q,
            HeadView k,
            HeadView v,
            INDArray keyMask,
            HeadView out,
            INDArray lse,
            INDArray probs) {
        if (!isFloat(q.array())) {
            others.attention(shape, q, k, v, keyMask, out, lse, probs);
            return;
        }
        KernelArguments.attention(shape, q, k, v, keyMask, out, lse, probs);
        run(() -> NativeLibrary.rl_attention(
                shape.batch(),
                shape.heads(),
                shape.queries(),
                shape.keys(),
                shape.dim(),
                (float) shape.scale(),
                shape.causal(),
                views(q, k, v, out),
                address(keyMask),
                address(lse),
                address(probs)));
    }

    @Override
    public void attentionBackward(
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
        if (!isFloat(q.array())) {
            others.attentionBackward(shape, q, k, v, keyMask, out, lse, probs, dOut, dq, dk, dv);
            return;
        }
        KernelArguments.attentionBackward(shape, q, k, v, keyMask, out, lse, probs, dOut, dq, dk, dv);
        run(() -> NativeLibrary.rl_attention_backward(
                shape.batch(),
                shape.heads(),
                shape.queries(),
                shape.keys(),
                shape.dim(),
                (float) shape.scale(),
                shape.causal(),
                views(q, k, v, out, dOut, dq, dk, dv),
                address(keyMask),
                address(lse),
                address(probs)));
    }

    private static long[] views(HeadView... heads) {
        long[] views = new long[4 * heads.length];
        for (int i = 0; i < heads.length; i++) {
            HeadView h = heads[i];
            views[4 * i] = address(h.array()) + h.offset() * Float.BYTES;
            views[4 * i + 1] = h.batchStride();
            views[4 * i + 2] = h.headStride();
            views[4 * i + 3] = h.tokenStride();
        }
        return views;
    }
}
