package org.revlayers.internal.kernel.attention;

import static org.revlayers.internal.kernel.Buffers.contiguous;
import static org.revlayers.internal.kernel.Buffers.required;
import static org.revlayers.internal.kernel.Buffers.values;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.device.Twins;

/** Checks the arguments, then calls the twin for their type. */
@RequiredArgsConstructor
final class CheckedAttention implements AttentionKernels {

    static final AttentionKernels CHOSEN = new CheckedAttention(
            Twins.chosen(AttentionKernels.class, NativeAttention::new, JavaAttention::new, DeviceAttention::new));

    private final Twins<AttentionKernels> twins;

    @Override
    public void forward(AttentionForward call) {
        call.check();
        twins.of(call.q().array()).forward(call);
    }

    @Override
    public void backward(AttentionBackward call) {
        call.check();
        twins.of(call.forward().q().array()).backward(call);
    }

    @Override
    public void softmax(INDArray x, INDArray y) {
        required("y", y, contiguous("x", x).length(), values("x", x));
        twins.of(x).softmax(x, y);
    }

    @Override
    public void softmaxBackward(INDArray y, INDArray dy, INDArray dx) {
        Buffers.backward("y", y, dy, dx);
        twins.of(y).softmaxBackward(y, dy, dx);
    }
}
