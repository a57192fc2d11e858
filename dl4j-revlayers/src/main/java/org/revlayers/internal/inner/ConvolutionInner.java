package org.revlayers.internal.inner;

import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.deeplearning4j.util.ConvolutionUtils;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.impl.layers.convolution.Conv2D;
import org.nd4j.linalg.api.ops.impl.layers.convolution.Conv2DDerivative;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.contract.ChannelsLast;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.channel.ChannelKernels;
import org.revlayers.internal.kernel.convolution.Convolutions;
import org.revlayers.internal.kernel.convolution.ImageConvolution;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.memory.Arena;

/**
 * The convolution of DL4J's {@link ConvolutionLayer} on {@code [mb, channels, h, w]}; not dilated.
 *
 * <p>With the channels last kernels of one by one are one matrix product for the batch, and the others are oneDNN 3's where that is there ({@link Convolutions}). Else
 * kernels of one by one without padding are matrix products, one per example; with a stride, on a gathered copy of the input. All others
 * are ND4J's {@code conv2d} and {@code conv2d_bp} (oneDNN), which compute all gradients in one call. Measured on two cores at ResNet-50's
 * shapes, batch 8 and 1, in ms, forward / backward:
 *
 * <pre>
 *                        products        conv2d
 *   256→64, 56×56       8.8 / 22.3    14.2 / 32.5
 *   64→256, 56×56       6.7 / 20.5    17.3 / 25.2
 *   1024→256, 14×14     5.1 / 13.2    11.0 / 12.2
 *   2048→512, 7×7       9.0 / 19.4     9.2 / 16.4
 *   256→512, stride 2  14.8 / 29.9    18.5 / 38.6
 *   256→64, batch 1    0.65 / 1.56     1.5 / 2.5
 * </pre>
 */
final class ConvolutionInner extends LinearInner<ConvolutionLayer> implements ChannelsLast {

    private boolean channelsLast;

    ConvolutionInner(ConvolutionLayer layer, Views views, Keeper input) {
        super(layer, views, input);
    }

    /** {@code [out, in, height, width]}. */
    INDArray weight() {
        return views.parameter(ConvolutionParamInitializer.WEIGHT_KEY);
    }

    /** Null for none. */
    INDArray bias() {
        return layer.hasBias() ? views.parameter(ConvolutionParamInitializer.BIAS_KEY) : null;
    }

    @Override
    public long[] outputShape(long... input) {
        return channelsLast
                ? AxisOrder.TO_LAST.of(ConvolutionShape.output(layer, weight(), AxisOrder.TO_FIRST.of(input)))
                : ConvolutionShape.output(layer, weight(), input);
    }

    @Override
    public boolean gainsByChannelsLast() {
        return isPointwise() || Convolutions.get() != null;
    }

    @Override
    public void haveChannelsLast() {
        channelsLast = true;
    }

    /** For kernels that look at more than a pixel; null for ND4J's op. */
    private Convolutions convolutions() {
        return channelsLast && weight().dataType() == DataType.FLOAT ? Convolutions.get() : null;
    }

    private static LongFunction<INDArray> room(Arena.Scratch scratch) {
        return length -> scratch.take(DataType.FLOAT, length);
    }

    private ImageConvolution sizes(INDArray x, INDArray out) {
        long[] image = AxisOrder.TO_FIRST.of(x.shape());
        return new ImageConvolution(
                list(image),
                list(weight().shape()),
                list(AxisOrder.TO_FIRST.of(out.shape())),
                list(layer.getStride()[0], layer.getStride()[1]),
                list(ConvolutionShape.before(layer, 0, image), ConvolutionShape.before(layer, 1, image)));
    }

    private static List<Long> list(long... sizes) {
        return LongStream.of(sizes).boxed().toList();
    }

    /** Whether each output pixel is a linear map of one input pixel. */
    private boolean isPointwise() {
        int[] padding = layer.getPadding();
        int[] kernel = layer.getKernelSize();
        return kernel[0] == 1
                && kernel[1] == 1
                && (ConvolutionShape.isSame(layer) || padding[0] == 0 && padding[1] == 0);
    }

    private boolean hasStride() {
        return layer.getStride()[0] != 1 || layer.getStride()[1] != 1;
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        map(x, weight(), bias(), out);
    }

    /** With another weight and bias; null for no bias. */
    void map(INDArray x, INDArray weight, INDArray bias, INDArray out) {
        if (!isPointwise() && convolutions() == null) {
            if (bias == null) {
                exec(new Conv2D(), new INDArray[] {x, weight}, out);
            } else {
                exec(new Conv2D(), new INDArray[] {x, weight, bias}, out);
            }
            return;
        }
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            if (!isPointwise()) {
                convolutions().forward(sizes(x, out), x, weight, bias, out, room(scratch));
                return;
            }
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
            ChannelKernels.get().addBias(rows(out), bias);
        }
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        gradients(
                x,
                weight(),
                dy,
                dx,
                views.gradient(ConvolutionParamInitializer.WEIGHT_KEY),
                views.gradient(ConvolutionParamInitializer.BIAS_KEY));
    }

    /**
     * With another weight.
     *
     * @param dw gradient of that weight; null if nobody wants it
     * @param db gradient of a bias; null if nobody wants it
     */
    void gradients(INDArray x, INDArray weight, INDArray dy, INDArray dx, INDArray dw, INDArray db) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            if (!isPointwise() && convolutions() != null) {
                ImageConvolution sizes = sizes(dx, dy);
                convolutions().inputGradient(sizes, dy, weight, dx, room(scratch));
                if (dw != null) {
                    convolutions().weightGradient(sizes, x, dy, dw, room(scratch));
                }
                if (db != null) {
                    ChannelKernels.get().sums(rows(dy), db);
                }
                return;
            }
            if (!isPointwise()) {
                INDArray to = dw == null ? scratch.take(weight.dataType(), weight.shape()) : dw;
                INDArray in = x == null ? zeros(dx, scratch) : x;
                if (db == null) {
                    exec(new Conv2DDerivative(), new INDArray[] {in, weight, dy}, dx, to);
                } else {
                    INDArray any = db; // of the bias, its shape alone is looked at
                    exec(new Conv2DDerivative(), new INDArray[] {in, weight, any, dy}, dx, to, db);
                }
                return;
            }
            INDArray w = matrix(weight);
            if (dw != null) {
                weightGradient(gathered(x, dy, scratch), dy, matrix(dw));
            }
            INDArray to = hasStride() ? scratch.take(dx.dataType(), sampledShape(dx, dy)) : dx;
            if (channelsLast) {
                Gemm.multiply(Gemm.rows(dy), w, Gemm.rows(to));
            } else {
                for (long i = 0; i < dx.size(0); i++) {
                    Gemm.weightGradient(w, example(pixels(dy), i), example(pixels(to), i), false);
                }
            }
            if (to != dx) {
                dx.assign(0);
                sampled(dx, dy).assign(to);
            }
        }
        if (db != null) {
            ChannelKernels.get().sums(rows(dy), db);
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

    /** What kernels per channel read: with the channels last a row is a pixel. */
    private INDArray rows(INDArray image) {
        return channelsLast ? Gemm.rows(image) : image;
    }

    private static INDArray zeros(INDArray like, Arena.Scratch scratch) {
        INDArray zeros = scratch.take(like.dataType(), like.shape());
        zeros.assign(0);
        return zeros;
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

    private void exec(DynamicCustomOp op, INDArray[] inputs, INDArray... outputs) {
        int[] kernel = layer.getKernelSize();
        int[] stride = layer.getStride();
        int[] padding = layer.getPadding();
        try (OpContext context = Nd4j.getExecutioner().buildContext()) {
            context.setIArguments(
                    kernel[0],
                    kernel[1],
                    stride[0],
                    stride[1],
                    ConvolutionShape.isSame(layer) ? 0 : padding[0],
                    ConvolutionShape.isSame(layer) ? 0 : padding[1],
                    1,
                    1,
                    ConvolutionShape.isSame(layer) ? 1 : 0,
                    channelsLast ? 1 : 0, // NHWC, NCHW
                    1); // weights as [out, in, h, w]
            context.setInputArrays(inputs);
            context.setOutputArrays(outputs);
            Nd4j.exec(op, context);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("an op context could not be closed", e);
        }
    }

    @Override
    public INDArray outputMask(INDArray mask, long batch) {
        return ConvolutionUtils.cnn2dMaskReduction(
                mask,
                layer.getKernelSize(),
                layer.getStride(),
                layer.getPadding(),
                layer.getDilation(),
                layer.getConvolutionMode());
    }

    @Override
    public String toString() {
        return ConvolutionShape.name(layer);
    }
}
