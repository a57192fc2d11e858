package org.revlayers.internal.kernel.activation;

import static org.revlayers.internal.kernel.Buffers.address;
import static org.revlayers.internal.kernel.Buffers.cols;
import static org.revlayers.internal.kernel.NativeCall.run;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Curve;
import org.revlayers.internal.kernel.NativeLibrary;

/** The fp32 twin in C++: {@code activation.h}, {@code dropout.h}. */
final class NativeActivations implements ActivationKernels {

    @Override
    public void forward(ActivationForward call) {
        double[] knots = call.curve().getKnots();
        run(() -> NativeLibrary.rl_activation(
                call.curve().ordinal(),
                (float) knots[0],
                (float) knots[1],
                (float) knots[2],
                address(call.x()),
                address(call.bias()),
                address(call.pre()),
                address(call.y()),
                address(call.code()),
                call.x().length(),
                cols(call.x())));
    }

    @Override
    public void backward(Curve curve, INDArray x, INDArray dy, INDArray dx) {
        run(() -> NativeLibrary.rl_activation_backward(
                curve.ordinal(), address(x), address(dy), address(dx), x.length()));
    }

    @Override
    public void codeBackward(Curve curve, INDArray code, INDArray dy, INDArray dx) {
        run(() -> NativeLibrary.rl_code_backward(
                (float) curve.level(1), (float) curve.level(2), address(code), address(dy), address(dx), dy.length()));
    }

    @Override
    public void relu(INDArray x, INDArray y, INDArray mask) {
        run(() -> NativeLibrary.rl_relu(address(x), address(y), address(mask), x.length()));
    }

    @Override
    public void reluBackward(INDArray y, INDArray dy, INDArray dx) {
        run(() -> NativeLibrary.rl_relu_backward(address(y), address(dy), address(dx), y.length()));
    }

    @Override
    public void maskBackward(INDArray mask, double scale, INDArray dy, INDArray dx) {
        run(() -> NativeLibrary.rl_mask_backward(address(mask), (float) scale, address(dy), address(dx), dy.length()));
    }

    @Override
    public void dropout(INDArray x, double p, long seed, INDArray y, INDArray mask) {
        int threshold = (int) (long) Math.floor(p * 0x1p32);
        run(() -> NativeLibrary.rl_dropout(
                address(x), threshold, (float) (1 / (1 - p)), seed, address(y), address(mask), x.length()));
    }
}
