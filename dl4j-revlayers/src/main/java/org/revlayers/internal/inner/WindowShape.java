package org.revlayers.internal.inner;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.util.ConvolutionUtils;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What shape windows on images {@code [mb, channels, h, w]} give, or why they cannot be laid on an input; not dilated.
 *
 * @param what  the layer does
 * @param layer its name
 */
record WindowShape(String what, String layer, int[] reach, int[] stride, int[] padding, ConvolutionMode mode) {

    private static final int FIRST_SPATIAL = 2;
    private static final int[] ADJACENT = {1, 1};

    static WindowShape of(ConvolutionLayer layer) {
        return new WindowShape(
                "convolution",
                layer.getLayerName(),
                layer.getKernelSize(),
                layer.getStride(),
                layer.getPadding(),
                layer.getConvolutionMode());
    }

    static WindowShape of(SubsamplingLayer layer) {
        return new WindowShape(
                "max pooling",
                layer.getLayerName(),
                layer.getKernelSize(),
                layer.getStride(),
                layer.getPadding(),
                layer.getConvolutionMode());
    }

    boolean isSame() {
        return mode == ConvolutionMode.Same;
    }

    /** For a weight {@code [out, in, h, w]}. */
    long[] output(INDArray weight, long... input) {
        if (input.length != 4 || input[1] != weight.size(1)) {
            throw new IllegalArgumentException(
                    named() + " reads [mb, " + weight.size(1) + ", h, w]; got " + Arrays.toString(input));
        }
        return new long[] {input[0], weight.size(0), size(0, input), size(1, input)};
    }

    /** With the input's channels. */
    long[] output(long... input) {
        if (input.length != 4) {
            throw new IllegalArgumentException(named() + " reads [mb, channels, h, w]; got " + Arrays.toString(input));
        }
        return new long[] {input[0], input[1], size(0, input), size(1, input)};
    }

    private long size(int axis, long... input) {
        long size = input[FIRST_SPATIAL + axis];
        if (isSame()) {
            return (size + stride[axis] - 1) / stride[axis];
        }
        long room = size + 2L * padding[axis] - reach[axis];
        if (room < 0) {
            throw new IllegalArgumentException(named() + " reaches over " + reach[axis] + " pixels, its padded input "
                    + Arrays.toString(input) + " has " + (size + 2L * padding[axis])
                    + ": use a larger input, or ConvolutionMode.Same");
        }
        if (mode == ConvolutionMode.Strict && room % stride[axis] != 0) {
            throw new IllegalArgumentException(named() + " in ConvolutionMode.Strict leaves " + room % stride[axis]
                    + " pixels of " + Arrays.toString(input)
                    + " out: use ConvolutionMode.Truncate or Same, or another stride or padding");
        }
        return room / stride[axis] + 1;
    }

    /** Padding above (0) or at the left (1), of an image {@code [mb, channels, h, w]}. */
    long before(int axis, long... input) {
        if (!isSame()) {
            return padding[axis];
        }
        long all = (size(axis, input) - 1) * stride[axis] + reach[axis];
        return Math.max(0, all - input[FIRST_SPATIAL + axis]) / 2;
    }

    /** DL4J's mask of the output. */
    INDArray mask(INDArray mask) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return ConvolutionUtils.cnn2dMaskReduction(mask, reach, stride, padding, ADJACENT, mode);
        }
    }

    /** Such as "convolution 3x3". */
    String name() {
        return what + " " + reach[0] + "x" + reach[1];
    }

    private String named() {
        return name() + " \"" + layer + "\"";
    }
}
