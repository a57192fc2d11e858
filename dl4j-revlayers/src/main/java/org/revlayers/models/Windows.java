package org.revlayers.models;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Tokens of a square grid in window order: window by window (row by row over the windows), and inside a window row by row.
 * A window's tokens then lie together, attention in windows is a plain batch, and pooling 2 x 2 cells keeps the order.
 */
final class Windows {

    private Windows() {}

    /** Place in window order of the token in row y, column x. */
    static int index(int y, int x, int grid, int window) {
        int number = y / window * (grid / window) + x / window;
        return number * window * window + y % window * window + x % window;
    }

    /** From window order {@code [images, grid², dim]} to row order. */
    static float[] toRows(float[] tokens, int grid, int window, int dim) {
        float[] out = new float[tokens.length];
        int images = tokens.length / (grid * grid * dim);
        for (int image = 0; image < images; image++) {
            for (int t = 0; t < grid * grid; t++) {
                int from = image * grid * grid + index(t / grid, t % grid, grid, window);
                System.arraycopy(tokens, from * dim, out, (image * grid * grid + t) * dim, dim);
            }
        }
        return out;
    }

    /**
     * Maximum over 2 x 2 cells of every window.
     *
     * @param x      {@code [tokens, features]}, window order
     * @param window side, even
     * @param dim    how many of the features to take, the first ones
     * @return {@code [tokens / 4, dim]}, window order with half the side
     */
    static INDArray maxPool(INDArray x, int window, int dim) {
        float[] in = HostArrays.floats(x);
        int features = (int) x.size(1);
        int half = window / 2;
        float[] out = new float[(int) x.size(0) / 4 * dim];
        for (int cell = 0; cell < out.length / dim; cell++) {
            int number = cell / (half * half);
            int row = cell / half % half * 2;
            int first = (number * window * window + row * window + cell % half * 2) * features;
            int below = first + window * features;
            for (int d = 0; d < dim; d++) {
                float top = Math.max(in[first + d], in[first + features + d]);
                out[cell * dim + d] = Math.max(top, Math.max(in[below + d], in[below + features + d]));
            }
        }
        return Nd4j.create(out, new long[] {x.size(0) / 4, dim}, 'c');
    }
}
