package org.revlayers.internal.inner;

import java.util.Arrays;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What shape a convolution gives, or why it cannot read an input. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class ConvolutionShape {

    private static final int FIRST_SPATIAL = 2;

    static boolean isSame(ConvolutionLayer layer) {
        return layer.getConvolutionMode() == ConvolutionMode.Same;
    }

    static long[] output(ConvolutionLayer layer, INDArray weight, long... input) {
        if (input.length != 4 || input[1] != weight.size(1)) {
            throw new IllegalArgumentException(
                    named(layer) + " reads [mb, " + weight.size(1) + ", h, w]; got " + Arrays.toString(input));
        }
        return new long[] {input[0], weight.size(0), size(layer, input, 0), size(layer, input, 1)};
    }

    private static long size(ConvolutionLayer layer, long[] input, int axis) {
        long size = input[FIRST_SPATIAL + axis];
        int stride = layer.getStride()[axis];
        if (isSame(layer)) {
            return (size + stride - 1) / stride;
        }
        long reach = layer.getKernelSize()[axis];
        long room = size + 2L * layer.getPadding()[axis] - reach;
        if (room < 0) {
            throw new IllegalArgumentException(named(layer) + " reaches over " + reach + " pixels, its padded input "
                    + Arrays.toString(input) + " has " + (size + 2L * layer.getPadding()[axis])
                    + ": use a larger input, or ConvolutionMode.Same");
        }
        if (layer.getConvolutionMode() == ConvolutionMode.Strict && room % stride != 0) {
            throw new IllegalArgumentException(named(layer) + " in ConvolutionMode.Strict leaves " + room % stride
                    + " pixels of " + Arrays.toString(input)
                    + " out: use ConvolutionMode.Truncate or Same, or another stride or padding");
        }
        return room / stride + 1;
    }

    /** Padding above (0) or at the left (1), of an image {@code [mb, channels, h, w]}. */
    static long before(ConvolutionLayer layer, int axis, long... input) {
        if (!isSame(layer)) {
            return layer.getPadding()[axis];
        }
        long reach = (size(layer, input, axis) - 1) * layer.getStride()[axis] + layer.getKernelSize()[axis];
        return Math.max(0, reach - input[FIRST_SPATIAL + axis]) / 2;
    }

    static String name(ConvolutionLayer layer) {
        return "convolution " + layer.getKernelSize()[0] + "x" + layer.getKernelSize()[1];
    }

    private static String named(ConvolutionLayer layer) {
        return name(layer) + " \"" + layer.getLayerName() + "\"";
    }
}
