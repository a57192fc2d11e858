package org.revlayers.kernel.channel;

import static org.revlayers.kernel.Buffers.address;
import static org.revlayers.kernel.NativeCall.run;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.NativeKernels;
import org.revlayers.kernel.NativeLibrary;

/** {@link ChannelKernels} in C++ for FLOAT, where {@link NativeKernels} run. */
@RequiredArgsConstructor
public final class NativeChannels implements ChannelKernels {

    /** Runs every type but FLOAT. */
    private final ChannelKernels others;

    @Override
    public void forward(INDArray x, ChannelNorm norm, INDArray y) {
        if (isFloat(x)) {
            norm(false, x, norm, y);
        } else {
            others.forward(x, norm, y);
        }
    }

    @Override
    public void replay(INDArray x, ChannelNorm norm, INDArray y) {
        if (isFloat(x)) {
            norm(true, x, norm, y);
        } else {
            others.replay(x, norm, y);
        }
    }

    private static void norm(boolean given, INDArray x, ChannelNorm norm, INDArray y) {
        ChannelArguments.forward(x, norm, y);
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
                ChannelArguments.inner(x)));
    }

    @Override
    public void backward(
            INDArray x, ChannelNorm norm, boolean constant, INDArray dy, INDArray dx, INDArray dGamma, INDArray dBeta) {
        if (!isFloat(x)) {
            others.backward(x, norm, constant, dy, dx, dGamma, dBeta);
            return;
        }
        ChannelArguments.backward(x, norm, dy, dx, dGamma, dBeta);
        run(() -> NativeLibrary.rl_channel_norm_backward(
                constant,
                norm.relu(),
                norm.eps(),
                address(x),
                address(norm.gamma()),
                address(norm.beta()),
                address(norm.mean()),
                address(norm.variance()),
                address(dy),
                address(dx),
                address(dGamma),
                address(dBeta),
                x.size(0),
                x.size(1),
                ChannelArguments.inner(x)));
    }

    @Override
    public void addBias(INDArray x, INDArray bias) {
        if (!isFloat(x)) {
            others.addBias(x, bias);
            return;
        }
        ChannelArguments.perChannel("bias", bias, x);
        run(() -> NativeLibrary.rl_channel_add_bias(
                address(x), address(bias), x.size(0), x.size(1), ChannelArguments.inner(x)));
    }

    @Override
    public void sums(INDArray x, INDArray out) {
        if (!isFloat(x)) {
            others.sums(x, out);
            return;
        }
        ChannelArguments.perChannel("out", out, x);
        run(() -> NativeLibrary.rl_channel_sums(
                address(x), address(out), x.size(0), x.size(1), ChannelArguments.inner(x)));
    }

    @Override
    public void reluBackward(INDArray y, INDArray dy, INDArray dx) {
        if (!isFloat(y)) {
            others.reluBackward(y, dy, dx);
            return;
        }
        ChannelArguments.reluBackward(y, dy, dx);
        run(() -> NativeLibrary.rl_relu_backward(address(y), address(dy), address(dx), y.length()));
    }

    /** Null counts as fp32, so that the check of the arguments names it. */
    private static boolean isFloat(INDArray array) {
        return array == null || array.dataType() == DataType.FLOAT;
    }
}
