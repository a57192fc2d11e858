package org.revlayers.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.activation.Curve;
import org.revlayers.kernel.activation.JavaActivations;
import org.revlayers.kernel.attention.AttentionShape;
import org.revlayers.kernel.attention.HeadView;
import org.revlayers.kernel.attention.JavaAttention;
import org.revlayers.kernel.norm.JavaNorms;
import org.revlayers.kernel.norm.Norm;
import org.revlayers.kernel.norm.NormInput;

/**
 * The kernels in plain Java, for any platform: the reference that the native ones are compared with. Sums and functions are computed in
 * double and rounded once when they are stored; what decides a code, x + bias against a knot, is computed in fp32 for FLOAT and HALF.
 *
 * <p>Statistics of HALF values (mean, rstd, lse) are FLOAT. Reads and writes the arrays' memory, so it needs a backend whose arrays live in
 * host memory. A tenth of the native speed or less.
 */
public final class JavaKernels implements Kernels {

    @Override
    public String name() {
        return "java";
    }

    @Override
    public void activation(Curve curve, INDArray x, INDArray bias, INDArray pre, INDArray y, INDArray code) {
        KernelArguments.activation(x, bias, pre, y, code);
        JavaActivations.forward(curve, x, bias, pre, y, code);
    }

    @Override
    public void activationBackward(Curve curve, INDArray x, INDArray dy, INDArray dx) {
        KernelArguments.activationBackward(x, dy, dx);
        JavaActivations.backward(curve, x, dy, dx);
    }

    @Override
    public void codeBackward(Curve curve, INDArray code, INDArray dy, INDArray dx) {
        KernelArguments.codeBackward(code, dy, dx);
        JavaActivations.codeBackward(curve, code, dy, dx);
    }

    @Override
    public void relu(INDArray x, INDArray y, INDArray mask) {
        KernelArguments.relu(x, y, mask);
        JavaActivations.relu(x, y, mask);
    }

    @Override
    public void maskBackward(INDArray mask, double scale, INDArray dy, INDArray dx) {
        KernelArguments.maskBackward(mask, dy, dx);
        JavaActivations.maskBackward(mask, scale, dy, dx);
    }

    @Override
    public void dropout(INDArray x, double p, long seed, INDArray y, INDArray mask) {
        KernelArguments.dropout(x, p, y, mask);
        JavaActivations.dropout(x, p, seed, y, mask);
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
        KernelArguments.norm(kind, eps, in, gamma, beta, y, mean, rstd);
        JavaNorms.forward(kind, eps, in, gamma, beta, y, mean, rstd);
    }

    @Override
    public void normReplay(INDArray x, INDArray mean, INDArray rstd, INDArray gamma, INDArray beta, INDArray y) {
        KernelArguments.normReplay(x, mean, rstd, gamma, beta, y);
        JavaNorms.replay(x, mean, rstd, gamma, beta, y);
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
        KernelArguments.normBackward(kind, fromInput, kept, mean, rstd, gamma, dy, residual, dx, dGamma, dBeta);
        JavaNorms.backward(kind, fromInput, kept, mean, rstd, gamma, dy, residual, dx, dGamma, dBeta);
    }

    @Override
    public void addBias(INDArray x, INDArray bias) {
        KernelArguments.addBias(x, bias);
        JavaRows.addBias(x, bias);
    }

    @Override
    public void columnSums(INDArray x, INDArray out) {
        KernelArguments.columnSums(x, out);
        JavaRows.columnSums(x, out);
    }

    @Override
    public void softmax(INDArray x, INDArray y) {
        KernelArguments.softmax(x, y);
        JavaRows.softmax(x, y);
    }

    @Override
    public void softmaxBackward(INDArray y, INDArray dy, INDArray dx) {
        KernelArguments.softmaxBackward(y, dy, dx);
        JavaRows.softmaxBackward(y, dy, dx);
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
        KernelArguments.attention(shape, q, k, v, keyMask, out, lse, probs);
        JavaAttention.forward(shape, q, k, v, keyMask, out, lse, probs);
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
        KernelArguments.attentionBackward(shape, q, k, v, keyMask, out, lse, probs, dOut, dq, dk, dv);
        JavaAttention.backward(shape, q, k, v, keyMask, out, lse, probs, dOut, dq, dk, dv);
    }
}
