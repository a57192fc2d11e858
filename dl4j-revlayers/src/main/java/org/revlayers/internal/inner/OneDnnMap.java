package org.revlayers.internal.inner;

import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.channel.ChannelKernels;
import org.revlayers.internal.kernel.convolution.Convolutions;
import org.revlayers.internal.kernel.convolution.ImageConvolution;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.memory.Arena;

/** oneDNN 3 on images with the channels last, in FLOAT. */
record OneDnnMap(ConvolutionLayer layer, Convolutions convolutions) implements ImageMap {

    @Override
    public void forward(INDArray x, INDArray weight, INDArray bias, INDArray out) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            convolutions.forward(sizes(x, weight, out), x, weight, bias, out, room(scratch));
        }
    }

    @Override
    public void gradients(INDArray x, INDArray weight, INDArray dy, INDArray dx, INDArray dw, INDArray db) {
        ImageConvolution sizes = sizes(dx, weight, dy);
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            convolutions.inputGradient(sizes, dy, weight, dx, room(scratch));
            if (dw != null) {
                convolutions.weightGradient(sizes, x, dy, dw, room(scratch));
            }
        }
        if (db != null) {
            ChannelKernels.get().sums(Gemm.rows(dy), db);
        }
    }

    private static LongFunction<INDArray> room(Arena.Scratch scratch) {
        return length -> scratch.take(DataType.FLOAT, length);
    }

    private ImageConvolution sizes(INDArray x, INDArray weight, INDArray out) {
        long[] image = AxisOrder.TO_FIRST.of(x.shape());
        return new ImageConvolution(
                list(image),
                list(weight.shape()),
                list(AxisOrder.TO_FIRST.of(out.shape())),
                list(layer.getStride()[0], layer.getStride()[1]),
                list(
                        WindowShape.of(layer).before(0, image),
                        WindowShape.of(layer).before(1, image)));
    }

    private static List<Long> list(long... sizes) {
        return LongStream.of(sizes).boxed().toList();
    }
}
