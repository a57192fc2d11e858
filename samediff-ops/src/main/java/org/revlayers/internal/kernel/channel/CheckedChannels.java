package org.revlayers.internal.kernel.channel;

import static org.revlayers.internal.kernel.Buffers.required;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.device.Twins;

/** Checks the arguments, then calls the twin for their type. */
@RequiredArgsConstructor
final class CheckedChannels implements ChannelKernels {

    static final ChannelKernels CHOSEN = new CheckedChannels(Twins.chosen(
            ChannelKernels.class,
            NativeChannels::new,
            JavaChannels::new,
            (device, host) -> new DeviceChannels(device)));

    private final Twins<ChannelKernels> twins;

    @Override
    public void forward(INDArray x, ChannelNorm norm, INDArray y) {
        norm.check(x);
        required("y", y, x.length(), x.dataType());
        twins.of(x).forward(x, norm, y);
    }

    @Override
    public void replay(INDArray x, ChannelNorm norm, INDArray y) {
        norm.check(x);
        required("y", y, x.length(), x.dataType());
        twins.of(x).replay(x, norm, y);
    }

    @Override
    public void backward(ChannelBackward call) {
        call.check();
        twins.of(call.x()).backward(call);
    }

    @Override
    public void addBias(INDArray x, INDArray bias) {
        ChannelNorm.image(x);
        required("bias", bias, x.size(1), x.dataType());
        twins.of(x).addBias(x, bias);
    }

    @Override
    public void sums(INDArray x, INDArray out) {
        ChannelNorm.image(x);
        required("out", out, x.size(1), x.dataType());
        twins.of(x).sums(x, out);
    }
}
