package org.revlayers.internal.kernel.activation;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Curve;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Launch;

/** The fp32 twin on a device: {@code activation.h}, {@code relu.h}, {@code dropout.h} of {@code src/main/cuda}. */
@RequiredArgsConstructor
final class DeviceActivations implements ActivationKernels {

    private final Device device;
    private final ActivationKernels host;

    @Override
    public void forward(ActivationForward call) {
        host.forward(call);
    }

    @Override
    public void backward(Curve curve, INDArray x, INDArray dy, INDArray dx) {
        host.backward(curve, x, dy, dx);
    }

    @Override
    public void codeBackward(Curve curve, INDArray code, INDArray dy, INDArray dx) {
        host.codeBackward(curve, code, dy, dx);
    }

    @Override
    public void relu(INDArray x, INDArray y, INDArray mask) {
        Launch.of("relu").in(x).out(y, mask).whole(x.length()).over(device, (x.length() + 7) / 8);
    }

    @Override
    public void reluBackward(INDArray y, INDArray dy, INDArray dx) {
        Launch.of("relu_backward").in(y, dy).out(dx).whole(y.length()).over(device, y.length());
    }

    @Override
    public void maskBackward(INDArray mask, double scale, INDArray dy, INDArray dx) {
        Launch.of("mask_backward")
                .in(mask)
                .fp32(scale)
                .in(dy)
                .out(dx)
                .whole(dy.length())
                .over(device, dy.length());
    }

    @Override
    public void dropout(INDArray x, double p, long seed, INDArray y, INDArray mask) {
        host.dropout(x, p, seed, y, mask);
    }
}
