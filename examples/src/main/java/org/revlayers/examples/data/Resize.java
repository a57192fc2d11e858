package org.revlayers.examples.data;

/**
 * Bilinear resizing with half-pixel centres. When an image shrinks, the triangle widens with the factor, so that every
 * source pixel counts (what image libraries call antialiasing); when it grows this is plain bilinear interpolation.
 */
final class Resize {

    private Resize() {}

    /**
     * Resizes each plane of {@code [planes, height, width]} to {@code [planes, side, side]}.
     */
    static float[] bilinear(float[] image, int planes, int height, int width, int side) {
        if (height == side && width == side) {
            return image;
        }
        Taps across = new Taps(width, side);
        Taps down = new Taps(height, side);
        float[] out = new float[planes * side * side];
        float[] row = new float[height * side];
        for (int p = 0; p < planes; p++) {
            for (int y = 0; y < height; y++) {
                int from = (p * height + y) * width;
                for (int x = 0; x < side; x++) {
                    float sum = 0;
                    for (int k = 0; k < across.weights[x].length; k++) {
                        sum += across.weights[x][k] * image[from + across.first[x] + k];
                    }
                    row[y * side + x] = sum;
                }
            }
            for (int y = 0; y < side; y++) {
                int to = (p * side + y) * side;
                for (int k = 0; k < down.weights[y].length; k++) {
                    float w = down.weights[y][k];
                    int from = (down.first[y] + k) * side;
                    for (int x = 0; x < side; x++) {
                        out[to + x] += w * row[from + x];
                    }
                }
            }
        }
        return out;
    }

    /** Which source pixels, with which weights, make each target pixel along one axis. */
    private static final class Taps {
        final int[] first;
        final float[][] weights;

        Taps(int from, int to) {
            first = new int[to];
            weights = new float[to][];
            double scale = (double) from / to;
            double reach = Math.max(1, scale);
            for (int i = 0; i < to; i++) {
                double centre = (i + 0.5) * scale - 0.5;
                int low = Math.max(0, (int) Math.ceil(centre - reach));
                int high = Math.min(from - 1, (int) Math.floor(centre + reach));
                double sum = 0;
                double[] w = new double[high - low + 1];
                for (int k = low; k <= high; k++) {
                    w[k - low] = Math.max(0, 1 - Math.abs(k - centre) / reach);
                    sum += w[k - low];
                }
                first[i] = low;
                weights[i] = new float[w.length];
                for (int k = 0; k < w.length; k++) {
                    weights[i][k] = (float) (w[k] / sum);
                }
            }
        }
    }
}
