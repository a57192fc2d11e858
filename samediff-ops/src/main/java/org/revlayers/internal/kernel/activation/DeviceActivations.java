package org.revlayers.internal.kernel.activation;

import static org.revlayers.internal.kernel.Buffers.cols;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Curve;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Launch;

/** The fp32 twin on a device: {@code activation.h}, {@code relu.h}, {@code dropout.h} of {@code src/main/cuda}. */
@RequiredArgsConstructor
final class DeviceActivations implements ActivationKernels {

    private final Device device;

    @Override
    public void forward(ActivationForward call) {
        double[] knots = call.curve().getKnots();
        Launch.of("activation")
                .whole(call.curve().ordinal())
                .fp32(knots[0])
                .fp32(knots[1])
                .fp32(knots[2])
                .in(call.x(), call.bias())
                .out(call.pre(), call.y(), call.code())
                .whole(call.x().length(), cols(call.x()))
                .elementwise(device, call.x().length());
    }

    @Override
    public void backward(Curve curve, INDArray x, INDArray dy, INDArray dx) {
        Launch.of("activation_backward")
                .whole(curve.ordinal())
                .in(x, dy)
                .out(dx)
                .whole(x.length())
                .elementwise(device, x.length());
    }

    @Override
    public void codeBackward(Curve curve, INDArray code, INDArray dy, INDArray dx) {
        Launch.of("code_backward")
                .fp32(curve.level(1))
                .fp32(curve.level(2))
                .in(code, dy)
                .out(dx)
                .whole(dy.length())
                .elementwise(device, dy.length());
    }

    @Override
    public void relu(INDArray x, INDArray y, INDArray mask) {
        Launch.of("relu").in(x).out(y, mask).whole(x.length()).elementwise(device, x.length());
    }

    @Override
    public void reluBackward(INDArray y, INDArray dy, INDArray dx) {
        Launch.of("relu_backward").in(y, dy).out(dx).whole(y.length()).elementwise(device, y.length());
    }

    @Override
    public void maskBackward(INDArray mask, double scale, INDArray dy, INDArray dx) {
        Launch.of("mask_backward")
                .in(mask)
                .fp32(scale)
                .in(dy)
                .out(dx)
                .whole(dy.length())
                .elementwise(device, dy.length());
    }

    @Override
    public void dropout(INDArray x, double p, long seed, INDArray y, INDArray mask) {
        Launch.of("dropout")
                .in(x)
                .whole((long) (p * 0x1p32))
                .fp32(1 / (1 - p))
                .whole(seed)
                .out(y, mask)
                .whole(x.length())
                .elementwise(device, x.length());
    }
}
