package org.revlayers.internal.kernel.pooling;

import static org.revlayers.internal.kernel.Buffers.require;

/**
 * Windows on images.
 *
 * @param planes images one behind the other: examples times channels, or examples where the channels are last
 * @param inner  numbers of a pixel: 1, or the channels
 */
public record Windows(long planes, long inner, Axis rows, Axis columns) {

    private static final int PLACES = 256; // that a byte can tell apart

    /**
     * Windows along an axis.
     *
     * @param size   of the axis, in pixels
     * @param count  of windows
     * @param reach  of a window, in pixels
     * @param before pixels of padding before the first pixel; behind the last there are as many as the windows reach over
     */
    public record Axis(long size, long count, int reach, int stride, long before) {

        public Axis {
            require(
                    size > 0 && count > 0 && reach > 0 && stride > 0 && before >= 0,
                    "an axis needs pixels, and windows that reach and step over some, not " + size + " pixels, " + count
                            + " windows of " + reach + " at a stride of " + stride + ", padding " + before);
            require(
                    before < reach && (count - 1) * stride - before < size,
                    "every window must hold a pixel: of " + count + " windows of " + reach + " at a stride of " + stride
                            + " on " + size + " pixels behind " + before + " of padding, some hold padding alone");
        }

        long start(long window) {
            return window * stride - before;
        }

        long first(long window) {
            return Math.max(0, -start(window));
        }

        long end(long window) {
            return Math.min(reach, size - start(window));
        }
    }

    public Windows {
        require(planes > 0 && inner > 0, "images need numbers, not " + planes + " planes of " + inner + " a pixel");
        require(
                fit(rows.reach, columns.reach),
                "a place in a window of " + rows.reach + "x" + columns.reach + " does not fit a byte: " + PLACES
                        + " do");
    }

    /** Whether a byte can tell the places of such windows apart. */
    public static boolean fit(int height, int width) {
        return (long) height * width <= PLACES;
    }

    /** Numbers of the images. */
    public long elements() {
        return planes * rows.size * columns.size * inner;
    }

    /** Numbers of the maxima. */
    public long maxima() {
        return planes * rows.count * columns.count * inner;
    }

    /** For the native kernels. */
    long[] numbers() {
        return new long[] {
            planes,
            inner,
            rows.size,
            rows.count,
            rows.reach,
            rows.stride,
            rows.before,
            columns.size,
            columns.count,
            columns.reach,
            columns.stride,
            columns.before
        };
    }
}
