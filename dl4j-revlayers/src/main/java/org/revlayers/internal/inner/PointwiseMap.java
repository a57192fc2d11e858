package org.revlayers.internal.inner;

import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.channel.ChannelKernels;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.memory.Arena;

/**
 * A kernel of one by one without padding as matrix products: with the channels last one for the batch, else one per example; with a stride, on a gathered copy of the
 * input.
 */
record PointwiseMap(ConvolutionLayer layer, boolean channelsLast) implements ImageMap {

    /** Whether each output pixel is a linear map of one input pixel. */
    static boolean fits(ConvolutionLayer layer) {
        int[] padding = layer.getPadding();
        int[] kernel = layer.getKernelSize();
        return kernel[0] == 1
                && kernel[1] == 1
                && (WindowShape.of(layer).isSame() || padding[0] == 0 && padding[1] == 0);
    }

    @Override
    public void forward(INDArray x, INDArray weight, INDArray bias, INDArray out) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray in = gathered(x, out, scratch);
            INDArray w = matrix(weight);
            if (channelsLast) {
                Gemm.inputGradient(Gemm.rows(in), w, Gemm.rows(out), false); // x·wᵀ
            } else {
                for (long i = 0; i < x.size(0); i++) {
                    Gemm.multiply(w, example(pixels(in), i), example(pixels(out), i));
                }
            }
        }
        if (bias != null) {
            ChannelKernels.get().addBias(AxisOrder.rows(channelsLast, out), bias);
        }
    }

    @Override
    public void gradients(INDArray x, INDArray weight, INDArray dy, INDArray dx, INDArray dw, INDArray db) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            if (dw != null) {
                weightGradient(gathered(x, dy, scratch), dy, matrix(dw));
            }
            INDArray to = hasStride() ? scratch.take(dx.dataType(), sampledShape(dx, dy)) : dx;
            inputGradient(matrix(weight), dy, to);
            if (to != dx) {
                dx.assign(0);
                sampled(dx, dy).assign(to);
            }
        }
        if (db != null) {
            ChannelKernels.get().sums(AxisOrder.rows(channelsLast, dy), db);
        }
    }

    private void inputGradient(INDArray w, INDArray dy, INDArray dx) {
        if (channelsLast) {
            Gemm.multiply(Gemm.rows(dy), w, Gemm.rows(dx));
            return;
        }
        for (long i = 0; i < dx.size(0); i++) {
            Gemm.weightGradient(w, example(pixels(dy), i), example(pixels(dx), i), false);
        }
    }

    private void weightGradient(INDArray x, INDArray dy, INDArray dw) {
        if (channelsLast) {
            Gemm.weightGradient(Gemm.rows(dy), Gemm.rows(x), dw, false);
            return;
        }
        for (long i = 0; i < x.size(0); i++) {
            Gemm.inputGradient(example(pixels(dy), i), example(pixels(x), i), dw, i > 0);
        }
    }

    private boolean hasStride() {
        return layer.getStride()[0] != 1 || layer.getStride()[1] != 1;
    }

    /** {@code [out, in, 1, 1]} as {@code [out, in]}. */
    private static INDArray matrix(INDArray weight) {
        return Buffers.shaped(weight, weight.size(0), weight.size(1));
    }

    /** {@code [mb, channels, h, w]} as {@code [mb, channels, h·w]}. */
    private static INDArray pixels(INDArray image) {
        return Buffers.shaped(image, image.size(0), image.size(1), image.size(2) * image.size(3));
    }

    private static INDArray example(INDArray images, long i) {
        return images.get(NDArrayIndex.point(i), NDArrayIndex.all(), NDArrayIndex.all());
    }

    private long[] sampledShape(INDArray x, INDArray out) {
        long[] shape = out.shape().clone();
        int axis = channelsLast ? 3 : 1;
        shape[axis] = x.size(axis);
        return shape;
    }

    /** The pixels of x that a strided kernel of one by one reads: a view. */
    private INDArray sampled(INDArray x, INDArray out) {
        INDArrayIndex all = NDArrayIndex.all();
        return channelsLast
                ? x.get(all, every(0, out.size(1)), every(1, out.size(2)), all)
                : x.get(all, all, every(0, out.size(2)), every(1, out.size(3)));
    }

    /** So many pixels along an axis, as far from one another as the stride. */
    private INDArrayIndex every(int axis, long count) {
        int stride = layer.getStride()[axis];
        return NDArrayIndex.interval(0, stride, (count - 1) * stride + 1);
    }

    private INDArray gathered(INDArray x, INDArray out, Arena.Scratch scratch) {
        if (!hasStride()) {
            return x;
        }
        INDArray gathered = scratch.take(x.dataType(), sampledShape(x, out));
        gathered.assign(sampled(x, out));
        return gathered;
    }
}
