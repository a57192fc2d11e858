package org.revlayers.models;

import java.util.Arrays;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.DecompositionSolver;
import org.apache.commons.math3.linear.RealMatrix;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Hiera's position embedding for any image size. It is a 7 x 7 background, interpolated to the grid of patches, plus an
 * 8 x 8 window, repeated over the grid:
 *
 * <pre>P(grid) = M background Mᵀ + tile(window)     M = {@link Bicubic#matrix}(7, grid)</pre>
 *
 * <p>The encoder file only has the sum for a grid of 256 x 256. Both parts are recovered from it by least squares per
 * channel (113 unknowns, 65,536 equations; the window's mean is set to 0, as only the sum of the two means is defined).
 * The fit reproduces the file within 1e-6, or loading fails.
 */
final class HieraPosition {

    private static final int BACKGROUND = 7;
    private static final int WINDOW = 8;
    private static final int FOLDED = 256;
    private static final int B2 = BACKGROUND * BACKGROUND;
    private static final int W2 = WINDOW * WINDOW;
    private static final double TOLERANCE = 1e-6;

    private final double[][] background;
    private final double[][] window;

    private HieraPosition(double[][] background, double[][] window) {
        this.background = background;
        this.window = window;
    }

    /** Recovers the parts from the folded embedding {@code [1, channels, 256, 256]}. */
    static HieraPosition of(INDArray folded) {
        int channels = (int) folded.size(1);
        float[] all = HostArrays.floats(folded);
        double[][] m = Bicubic.matrix(BACKGROUND, FOLDED);
        double[][] t = new double[FOLDED][WINDOW];
        for (int i = 0; i < FOLDED; i++) {
            t[i][i % WINDOW] = 1;
        }
        DecompositionSolver solver = new CholeskyDecomposition(normal(m, t)).getSolver();
        double[][] background = new double[channels][];
        double[][] window = new double[channels][];
        for (int c = 0; c < channels; c++) {
            double[] plane = new double[FOLDED * FOLDED];
            for (int i = 0; i < plane.length; i++) {
                plane[i] = all[c * plane.length + i];
            }
            double[] right = Arrays.copyOf(project(plane, m), B2 + W2);
            System.arraycopy(project(plane, t), 0, right, B2, W2);
            double[] x = solver.solve(new Array2DRowRealMatrix(right)).getColumn(0);
            background[c] = Arrays.copyOf(x, B2);
            window[c] = Arrays.copyOfRange(x, B2, B2 + W2);
            double worst = distance(Bicubic.resize(background[c], m), window[c], plane);
            if (!(worst < TOLERANCE)) {
                throw new IllegalArgumentException(
                        "Hiera's position embedding must be a 7x7 background plus an 8x8 window"
                                + " within " + TOLERANCE + ", channel " + c + " is off by " + worst
                                + ": the file is not SAM2's Hiera-Tiny encoder");
            }
        }
        return new HieraPosition(background, window);
    }

    /** The embedding {@code [grid * grid * channels]}, token by token; grid is a multiple of 8. */
    float[] tokens(int grid) {
        int channels = background.length;
        double[][] m = Bicubic.matrix(BACKGROUND, grid);
        float[] out = new float[grid * grid * channels];
        for (int c = 0; c < channels; c++) {
            double[] plane = Bicubic.resize(background[c], m);
            for (int i = 0; i < plane.length; i++) {
                int inWindow = i / grid % WINDOW * WINDOW + i % grid % WINDOW;
                out[i * channels + c] = (float) (plane[i] + window[c][inWindow]);
            }
        }
        return out;
    }

    /** The normal equations' matrix, with the window's sum added as an equation so that it is regular. */
    private static RealMatrix normal(double[][] m, double[][] t) {
        double[][] mm = gram(m, m);
        double[][] mt = gram(m, t);
        double[][] tt = gram(t, t);
        double[][] n = new double[B2 + W2][B2 + W2];
        for (int i = 0; i < B2 + W2; i++) {
            for (int j = 0; j < B2 + W2; j++) {
                int a = i < B2 ? i : i - B2;
                int b = j < B2 ? j : j - B2;
                int rows = i < B2 ? BACKGROUND : WINDOW;
                int cols = j < B2 ? BACKGROUND : WINDOW;
                if (i < B2 && j < B2) {
                    n[i][j] = mm[a / rows][b / cols] * mm[a % rows][b % cols];
                } else if (i < B2) {
                    n[i][j] = mt[a / rows][b / cols] * mt[a % rows][b % cols];
                } else if (j < B2) {
                    n[i][j] = mt[b / cols][a / rows] * mt[b % cols][a % rows];
                } else {
                    n[i][j] = tt[a / rows][b / cols] * tt[a % rows][b % cols] + 1;
                }
            }
        }
        return new Array2DRowRealMatrix(n, false);
    }

    /** {@code aᵀ b}. */
    private static double[][] gram(double[][] a, double[][] b) {
        double[][] g = new double[a[0].length][b[0].length];
        for (int k = 0; k < a.length; k++) {
            for (int i = 0; i < g.length; i++) {
                for (int j = 0; j < g[0].length; j++) {
                    g[i][j] += a[k][i] * b[k][j];
                }
            }
        }
        return g;
    }

    /** {@code mᵀ plane m}, row by row. */
    private static double[] project(double[] plane, double[][] m) {
        int n = m.length;
        int k = m[0].length;
        double[] out = new double[k * k];
        for (int y = 0; y < n; y++) {
            double[] row = new double[k];
            for (int x = 0; x < n; x++) {
                for (int q = 0; q < k; q++) {
                    row[q] += plane[y * n + x] * m[x][q];
                }
            }
            for (int p = 0; p < k; p++) {
                for (int q = 0; q < k; q++) {
                    out[p * k + q] += m[y][p] * row[q];
                }
            }
        }
        return out;
    }

    private static double distance(double[] grid, double[] window, double[] plane) {
        double worst = 0;
        for (int i = 0; i < plane.length; i++) {
            int inWindow = i / FOLDED % WINDOW * WINDOW + i % FOLDED % WINDOW;
            worst = Math.max(worst, Math.abs(grid[i] + window[inWindow] - plane[i]));
        }
        return worst;
    }
}
