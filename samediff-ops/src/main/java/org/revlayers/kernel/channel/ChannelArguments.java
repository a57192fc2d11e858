package org.revlayers.kernel.channel;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Buffers;
import org.revlayers.kernel.KernelArguments;

/** The argument checks of {@link ChannelKernels}, as {@link KernelArguments} has them for the others. */
final class ChannelArguments {

    private ChannelArguments() {}

    static void forward(INDArray x, ChannelNorm norm, INDArray y) {
        norm(x, norm);
        required("y", y, x);
    }

    static void backward(INDArray x, ChannelNorm norm, INDArray dy, INDArray dx, INDArray dGamma, INDArray dBeta) {
        norm(x, norm);
        required("dy", dy, x);
        required("dx", dx, x);
        long overlap = Buffers.address(dx) - Buffers.address(x);
        Buffers.require(
                Math.abs(overlap) >= x.length() * x.dataType().width(),
                "dx must not share memory with x: pass another array",
                dx);
        Buffers.match("dGamma", dGamma, x.size(1), x.dataType());
        Buffers.match("dBeta", dBeta, x.size(1), x.dataType());
    }

    static void perChannel(String name, INDArray perChannel, INDArray x) {
        image(x);
        Buffers.match(name, Buffers.contiguous(name, perChannel), x.size(1), x.dataType());
    }

    static void reluBackward(INDArray y, INDArray dy, INDArray dx) {
        Buffers.contiguous("y", y);
        required("dy", dy, y);
        required("dx", dx, y);
    }

    /** Elements per channel of one example. */
    static long inner(INDArray x) {
        return x.length() / (x.size(0) * x.size(1));
    }

    private static void image(INDArray x) {
        Buffers.require(Buffers.contiguous("x", x).rank() >= 2, "x must be [mb, channels, ...]", x);
    }

    private static void norm(INDArray x, ChannelNorm norm) {
        image(x);
        if (!(norm.eps() >= 0) || Double.isInfinite(norm.eps())) {
            throw new IllegalArgumentException("eps must be finite and not negative, not " + norm.eps());
        }
        DataType type = x.dataType();
        long channels = x.size(1);
        Buffers.match("mean", Buffers.contiguous("mean", norm.mean()), channels, KernelArguments.statistic(type));
        Buffers.match(
                "variance", Buffers.contiguous("variance", norm.variance()), channels, KernelArguments.statistic(type));
        Buffers.match("gamma", norm.gamma(), channels, type);
        Buffers.match("beta", norm.beta(), channels, type);
    }

    private static void required(String name, INDArray array, INDArray like) {
        Buffers.match(name, Buffers.contiguous(name, array), like.length(), like.dataType());
    }
}
