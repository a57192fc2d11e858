package org.revlayers.internal.inner;

import java.util.List;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.contract.ChannelsLast;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Layouts;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.kernel.pooling.PoolingKernels;
import org.revlayers.internal.kernel.pooling.Windows;

/**
 * The max pooling of DL4J's {@link SubsamplingLayer} on {@code [mb, channels, h, w]}, or with the channels last; not dilated. Backward reads where the maxima were,
 * one byte for each, and neither the input nor the output: with a stride of two a sixteenth of the input's bytes.
 */
final class MaxPoolInner implements InnerLayer, ChannelsLast {

    private static final String PLACES = "places";
    private static final int BITS = 8;

    private final SubsamplingLayer layer;
    private final WindowShape shape;
    private boolean channelsLast;

    MaxPoolInner(SubsamplingLayer layer) {
        this.layer = layer;
        shape = WindowShape.of(layer);
    }

    /** Whether a layer runs so. Dropout of a pooling layer is ignored by DL4J, too. */
    static boolean hosts(SubsamplingLayer layer) {
        return layer.getPoolingType() == PoolingType.MAX && obstacle(layer) == null;
    }

    /** Why maxima of a layer's windows are ND4J's to find, or null. */
    static String obstacle(SubsamplingLayer layer) {
        int[] reach = layer.getKernelSize();
        if (!Nd4j.getEnvironment().isCPU()) {
            return "it runs on a device, by ND4J's own op";
        }
        if (layer.getCnn2dDataFormat() != CNN2DFormat.NCHW) {
            return "its images are NHWC";
        }
        if (layer.getDilation()[0] != 1 || layer.getDilation()[1] != 1) {
            return "it is dilated";
        }
        if (layer.getConvolutionMode() == ConvolutionMode.Causal) {
            return "it is causal";
        }
        if (!Windows.fit(reach[0], reach[1])) {
            return "a place in its windows does not fit a byte";
        }
        return layer.getConvolutionMode() != ConvolutionMode.Same
                        && (layer.getPadding()[0] >= reach[0] || layer.getPadding()[1] >= reach[1])
                ? "its padding is as wide as its windows"
                : null;
    }

    @Override
    public void haveChannelsLast() {
        channelsLast = true;
    }

    @Override
    public long[] outputShape(long... input) {
        return channelsLast ? AxisOrder.TO_LAST.of(shape.output(AxisOrder.TO_FIRST.of(input))) : shape.output(input);
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        INDArray places = keep.isRead() ? keep.take(PLACES, Form.CODED, DataType.UINT8, out.shape()) : null;
        PoolingKernels.get().max(windows(x.shape()), x, out, places);
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        PoolingKernels.get().maxBackward(windows(dx.shape()), dy, keep.get(PLACES), dx);
        keep.clear();
    }

    private Windows windows(long... input) {
        long[] image = channelsLast ? AxisOrder.TO_FIRST.of(input) : input;
        long[] output = shape.output(image);
        return new Windows(
                channelsLast ? image[0] : image[0] * image[1],
                channelsLast ? image[1] : 1,
                axis(0, image, output),
                axis(1, image, output));
    }

    private Windows.Axis axis(int axis, long[] image, long... output) {
        return new Windows.Axis(
                image[2 + axis],
                output[2 + axis],
                shape.reach()[axis],
                shape.stride()[axis],
                shape.before(axis, image));
    }

    @Override
    public boolean readsInput() {
        return false;
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        return List.of(Prediction.coded(PLACES, outputType(input).arrayElementsPerExample(), BITS));
    }

    @Override
    public InputType outputType(InputType input) {
        return Layouts.output(layer, input);
    }

    @Override
    public INDArray outputMask(INDArray mask, long batch) {
        return shape.mask(mask);
    }

    @Override
    public String toString() {
        return shape.name();
    }
}
