package org.revlayers.internal.kernel.activation;

import static org.revlayers.internal.kernel.Buffers.require;
import static org.revlayers.internal.kernel.Buffers.required;
import static org.revlayers.internal.kernel.Buffers.values;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Curve;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.PackedBits;
import org.revlayers.internal.kernel.device.Twins;

/** Checks the arguments, then calls the twin for their type. */
@RequiredArgsConstructor
final class CheckedActivations implements ActivationKernels {

    static final ActivationKernels CHOSEN = new CheckedActivations(Twins.chosen(
            ActivationKernels.class,
            NativeActivations::new,
            JavaActivations::new,
            (device, host) -> new DeviceActivations(device)));

    private final Twins<ActivationKernels> twins;

    @Override
    public void forward(ActivationForward call) {
        call.check();
        twins.of(call.x()).forward(call);
    }

    @Override
    public void backward(Curve curve, INDArray x, INDArray dy, INDArray dx) {
        Buffers.backward("x", x, dy, dx);
        twins.of(x).backward(curve, x, dy, dx);
    }

    @Override
    public void codeBackward(Curve curve, INDArray code, INDArray dy, INDArray dx) {
        packed("code", code, Curve.codeBytes(dy.length()), dy, dx);
        twins.of(dy).codeBackward(curve, code, dy, dx);
    }

    @Override
    public void relu(INDArray x, INDArray y, INDArray mask) {
        masked(x, y, mask);
        twins.of(x).relu(x, y, mask);
    }

    @Override
    public void reluBackward(INDArray y, INDArray dy, INDArray dx) {
        Buffers.backward("y", y, dy, dx);
        twins.of(y).reluBackward(y, dy, dx);
    }

    @Override
    public void maskBackward(INDArray mask, double scale, INDArray dy, INDArray dx) {
        packed("mask", mask, PackedBits.maskBytes(dy.length()), dy, dx);
        twins.of(dy).maskBackward(mask, scale, dy, dx);
    }

    @Override
    public void dropout(INDArray x, double p, long seed, INDArray y, INDArray mask) {
        require(p >= 0 && p < 1, "p is the probability of dropping, 0 <= p < 1, not " + p);
        masked(x, y, mask);
        twins.of(x).dropout(x, p, seed, y, mask);
    }

    /** For backward passes that read packed bits in place of numbers. */
    private static void packed(String what, INDArray bits, long bytes, INDArray dy, INDArray dx) {
        required("dx", dx, Buffers.contiguous("dy", dy).length(), values("dy", dy));
        required(what, bits, bytes, DataType.UINT8);
    }

    private static void masked(INDArray x, INDArray y, INDArray mask) {
        required("y", y, Buffers.contiguous("x", x).length(), values("x", x));
        Buffers.match("mask", mask, PackedBits.maskBytes(x.length()), DataType.UINT8);
    }
}
