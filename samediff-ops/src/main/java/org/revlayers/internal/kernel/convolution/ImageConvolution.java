package org.revlayers.internal.kernel.convolution;

import java.util.List;

/**
 * The sizes of a convolution that is not dilated.
 *
 * @param image   {@code mb, channels, h, w}
 * @param weight  {@code filters, channels, height, width}
 * @param out     {@code mb, filters, h, w}
 * @param stride  down and across
 * @param padding above and at the left; below and at the right as much as {@code out} needs
 */
public record ImageConvolution(
        List<Long> image, List<Long> weight, List<Long> out, List<Long> stride, List<Long> padding) {

    private static final int AXES = 2;

    /** Below, or at the right: less than nothing where the stride leaves pixels out. */
    long paddingBehind(int axis) {
        return (out.get(AXES + axis) - 1) * stride.get(axis)
                + weight.get(AXES + axis)
                - image.get(AXES + axis)
                - padding.get(axis);
    }

    static long[] array(List<Long> sizes) {
        return sizes.stream().mapToLong(Long::longValue).toArray();
    }
}
