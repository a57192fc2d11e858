package org.revlayers.internal.kernel.channel;

import static org.revlayers.internal.kernel.channel.ChannelNorm.inner;
import static org.revlayers.internal.kernel.device.Launch.WARP;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.DeviceScratch;
import org.revlayers.internal.kernel.device.Launch;

/** The fp32 twin on a device: {@code channel.h} of {@code src/main/cuda}. */
@RequiredArgsConstructor
final class DeviceChannels implements ChannelKernels {

    private final Device device;

    @Override
    public void forward(INDArray x, ChannelNorm norm, INDArray y) {
        ChannelPieces pieces = ChannelPieces.of(x);
        INDArray sums = pieces.sum(device, Launch.of("channel_moments").in(x));
        pieces.add(Launch.of("channel_statistics"), sums)
                .in(x)
                .out(norm.mean(), norm.variance())
                .whole(x.size(0), x.size(1), inner(x))
                .over(device, x.size(1) * WARP);
        replay(x, norm, y);
    }

    @Override
    public void replay(INDArray x, ChannelNorm norm, INDArray y) {
        INDArray numbers = scales(x, norm);
        Launch.of("channel_norm")
                .flag(norm.relu())
                .in(x, norm.mean(), norm.beta(), numbers)
                .out(y)
                .whole(x.length(), x.size(1), inner(x))
                .elementwise(device, x.length());
    }

    @Override
    public void backward(ChannelBackward call) {
        INDArray x = call.x();
        ChannelNorm norm = call.norm();
        INDArray numbers = scales(x, norm);
        if (!call.constant() || call.dGamma() != null || call.dBeta() != null) {
            ChannelPieces pieces = ChannelPieces.of(x);
            INDArray sums = pieces.sum(
                    device,
                    Launch.of("channel_gradients")
                            .flag(norm.relu())
                            .in(x, norm.mean(), norm.beta(), numbers, call.dy()));
            pieces.add(Launch.of("channel_means"), sums)
                    .out(numbers, call.dGamma(), call.dBeta())
                    .whole(x.size(0), x.size(1), inner(x))
                    .over(device, x.size(1) * WARP);
        }
        Launch.of("channel_backward")
                .flag(call.constant())
                .flag(norm.relu())
                .in(x, norm.mean(), norm.beta(), numbers, call.dy())
                .out(call.dx())
                .whole(x.length(), x.size(1), inner(x))
                .elementwise(device, x.length());
    }

    @Override
    public void addBias(INDArray x, INDArray bias) {
        Launch.of("add_bias")
                .out(x)
                .in(bias)
                .whole(x.length(), x.size(1), inner(x))
                .elementwise(device, x.length());
    }

    @Override
    public void sums(INDArray x, INDArray out) {
        ChannelPieces pieces = ChannelPieces.of(x);
        INDArray sums = pieces.sum(device, Launch.of("channel_values").in(x));
        pieces.add(Launch.of("channel_sums"), sums).out(out).whole(x.size(1)).over(device, x.size(1) * WARP);
    }

    /** The numbers of each channel, {@code Normal} of {@code channel.h}, with room for those of the backward. */
    private INDArray scales(INDArray x, ChannelNorm norm) {
        INDArray numbers = DeviceScratch.of(DataType.FLOAT, 4 * x.size(1), 0);
        Launch.of("channel_scales")
                .fp64(norm.eps())
                .in(norm.variance(), norm.gamma())
                .out(numbers)
                .whole(x.size(1))
                .over(device, x.size(1));
        return numbers;
    }
}
