package org.revlayers.internal.kernel.channel;

import static org.revlayers.internal.kernel.Buffers.address;
import static org.revlayers.internal.kernel.NativeCall.run;
import static org.revlayers.internal.kernel.channel.ChannelNorm.inner;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.NativeLibrary;

/** The fp32 twin in C++: {@code channel.h}. */
final class NativeChannels implements ChannelKernels {

    @Override
    public void forward(INDArray x, ChannelNorm norm, INDArray y) {
        norm(false, x, norm, y);
    }

    @Override
    public void replay(INDArray x, ChannelNorm norm, INDArray y) {
        norm(true, x, norm, y);
    }

    private static void norm(boolean given, INDArray x, ChannelNorm norm, INDArray y) {
        run(() -> NativeLibrary.rl_channel_norm(
                given,
                norm.relu(),
                norm.eps(),
                address(x),
                address(norm.gamma()),
                address(norm.beta()),
                address(norm.mean()),
                address(norm.variance()),
                address(y),
                x.size(0),
                x.size(1),
                inner(x)));
    }

    @Override
    public void backward(ChannelBackward call) {
        INDArray x = call.x();
        ChannelNorm norm = call.norm();
        run(() -> NativeLibrary.rl_channel_norm_backward(
                call.constant(),
                norm.relu(),
                norm.eps(),
                address(x),
                address(norm.gamma()),
                address(norm.beta()),
                address(norm.mean()),
                address(norm.variance()),
                address(call.dy()),
                address(call.dx()),
                address(call.dGamma()),
                address(call.dBeta()),
                x.size(0),
                x.size(1),
                inner(x)));
    }

    @Override
    public void addBias(INDArray x, INDArray bias) {
        run(() -> NativeLibrary.rl_channel_add_bias(address(x), address(bias), x.size(0), x.size(1), inner(x)));
    }

    @Override
    public void sums(INDArray x, INDArray out) {
        run(() -> NativeLibrary.rl_channel_sums(address(x), address(out), x.size(0), x.size(1), inner(x)));
    }
}
