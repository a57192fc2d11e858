package org.revlayers.models;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Multi-head attention inside square windows of a grid of tokens, forward only, on Java arrays. With pooling, the queries
 * (not keys and values) of each 2 x 2 cell are reduced to their maximum first, which halves the grid.
 *
 * <pre>out = softmax(q kᵀ / √headDim) v     per window and head</pre>
 */
final class WindowAttention {

    private WindowAttention() {}

    /**
     * @param qkv   {@code [images, grid * grid, 3 dim]}, the columns of q, k, v one after another
     * @param grid  tokens along one side, a multiple of {@code size}
     * @param size  side of a window in tokens; even if {@code pool}
     * @param dim   features of each of q, k, v
     * @param heads divides {@code dim}
     * @return {@code [images, grid * grid, dim]}, or {@code [images, (grid / 2) * (grid / 2), dim]} with pooling
     */
    static float[] forward(float[] qkv, int grid, int size, int dim, int heads, boolean pool) {
        int images = qkv.length / (grid * grid * 3 * dim);
        int outGrid = pool ? grid / 2 : grid;
        float[] out = new float[images * outGrid * outGrid * dim];
        int perSide = grid / size;
        IntStream.range(0, images * perSide).parallel().forEach(row -> {
            Scratch s = new Scratch(size * size, dim / heads);
            int image = row / perSide;
            int y0 = row % perSide * size;
            for (int x0 = 0; x0 < grid; x0 += size) {
                for (int h = 0; h < heads; h++) {
                    window(qkv, out, s, image, grid, y0, x0, size, dim, h * (dim / heads), pool);
                }
            }
        });
        return out;
    }

    private static void window(
            float[] qkv,
            float[] out,
            Scratch s,
            int image,
            int grid,
            int y0,
            int x0,
            int size,
            int dim,
            int at,
            boolean pool) {
        int hd = s.headDim;
        int tokens = size * size;
        for (int t = 0; t < tokens; t++) {
            int from = ((image * grid + y0 + t / size) * grid + x0 + t % size) * 3 * dim + at;
            for (int d = 0; d < hd; d++) {
                s.kT[d * tokens + t] = qkv[from + dim + d];
            }
            System.arraycopy(qkv, from + 2 * dim, s.v, t * hd, hd);
        }
        int step = pool ? 2 : 1;
        int outGrid = grid / step;
        float scale = (float) (1 / Math.sqrt(hd));
        for (int y = y0; y < y0 + size; y += step) {
            for (int x = x0; x < x0 + size; x += step) {
                int from = ((image * grid + y) * grid + x) * 3 * dim + at;
                for (int d = 0; d < hd; d++) {
                    float q = qkv[from + d];
                    if (pool) {
                        int below = from + grid * 3 * dim + d;
                        q = Math.max(Math.max(q, qkv[from + 3 * dim + d]), Math.max(qkv[below], qkv[below + 3 * dim]));
                    }
                    s.q[d] = q * scale;
                }
                attend(s, tokens, out, ((image * outGrid + y / step) * outGrid + x / step) * dim + at);
            }
        }
    }

    private static void attend(Scratch s, int tokens, float[] out, int to) {
        float[] p = s.p;
        Arrays.fill(p, 0);
        for (int d = 0; d < s.headDim; d++) {
            float q = s.q[d];
            int row = d * tokens;
            for (int t = 0; t < tokens; t++) {
                p[t] += q * s.kT[row + t];
            }
        }
        float max = Float.NEGATIVE_INFINITY;
        for (int t = 0; t < tokens; t++) {
            max = Math.max(max, p[t]);
        }
        float sum = 0;
        for (int t = 0; t < tokens; t++) {
            p[t] = (float) Math.exp(p[t] - max);
            sum += p[t];
        }
        for (int t = 0; t < tokens; t++) {
            float w = p[t] / sum;
            int row = t * s.headDim;
            for (int d = 0; d < s.headDim; d++) {
                out[to + d] += w * s.v[row + d];
            }
        }
    }

    /** One thread's work arrays for a window and head. */
    private static final class Scratch {
        final int headDim;
        final float[] q;
        final float[] kT;
        final float[] v;
        final float[] p;

        Scratch(int tokens, int headDim) {
            this.headDim = headDim;
            q = new float[headDim];
            kT = new float[headDim * tokens];
            v = new float[tokens * headDim];
            p = new float[tokens];
        }
    }
}
