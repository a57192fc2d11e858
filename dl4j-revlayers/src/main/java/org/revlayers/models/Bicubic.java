package org.revlayers.models;

/**
 * Bicubic interpolation as a matrix: {@code out = M in} along one axis. Half-pixel centres, edge values repeated, the cubic
 * with a = -0.75: what deep-learning frameworks do when they fit a position embedding to another image size.
 */
final class Bicubic {

    private static final double A = -0.75;

    private Bicubic() {}

    /** The matrix {@code [to][from]}; its rows sum to 1. */
    public static double[][] matrix(int from, int to) {
        double[][] m = new double[to][from];
        for (int i = 0; i < to; i++) {
            double x = (i + 0.5) * from / to - 0.5;
            int low = (int) Math.floor(x);
            for (int k = low - 1; k <= low + 2; k++) {
                m[i][Math.min(Math.max(k, 0), from - 1)] += weight(Math.abs(x - k));
            }
        }
        return m;
    }

    /**
     * Resizes a grid, row by row.
     *
     * @param grid {@code from * from} values
     * @param m    {@link #matrix}
     * @return {@code to * to} values
     */
    public static double[] resize(double[] grid, double[][] m) {
        int to = m.length;
        int from = m[0].length;
        double[] out = new double[to * to];
        for (int y = 0; y < to; y++) {
            double[] row = new double[from];
            for (int p = 0; p < from; p++) {
                for (int q = 0; q < from; q++) {
                    row[q] += m[y][p] * grid[p * from + q];
                }
            }
            for (int x = 0; x < to; x++) {
                double sum = 0;
                for (int q = 0; q < from; q++) {
                    sum += m[x][q] * row[q];
                }
                out[y * to + x] = sum;
            }
        }
        return out;
    }

    private static double weight(double d) {
        if (d >= 2) {
            return 0;
        }
        return d <= 1 ? ((A + 2) * d - (A + 3)) * d * d + 1 : ((A * d - 5 * A) * d + 8 * A) * d - 4 * A;
    }
}
