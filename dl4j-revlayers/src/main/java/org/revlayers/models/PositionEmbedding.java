package org.revlayers.models;

import java.util.Arrays;
import java.util.stream.IntStream;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Fits learned position embeddings to another image size. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class PositionEmbedding {

    /**
     * Interpolates the grid of positions bicubically ({@link Bicubic}: half-pixel centres, a = −0.75, no antialiasing, as Hugging Face
     * does; timm smooths when it shrinks a grid). The class token's row is kept. Computed in double; the same grid gives the same values.
     *
     * @param position   {@code [tokens, features]}, a square grid row by row, behind the class token if there is one
     * @param classToken whether row 0 is the class token's
     * @param rows       of the new grid
     * @param cols       of the new grid
     * @return {@code [(classToken ? 1 : 0) + rows·cols, features]}, of the same type, C order, outside any workspace
     */
    @SuppressWarnings("try") // the scope is used by being open
    public static INDArray resize(INDArray position, boolean classToken, int rows, int cols) {
        int first = classToken ? 1 : 0;
        int grid = position.rank() == 2 ? (int) Math.round(Math.sqrt((double) position.size(0) - first)) : 0;
        if (grid <= 0 || (long) grid * grid + first != position.size(0) || rows <= 0 || cols <= 0) {
            throw new IllegalArgumentException("a position embedding must be [n·n" + (classToken ? " + 1" : "")
                    + ", features] and the new grid at least 1 x 1; got " + Arrays.toString(position.shape()) + " for "
                    + rows + " x " + cols + ": check classToken");
        }
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            double[][] old = position.castTo(DataType.DOUBLE).toDoubleMatrix();
            double[][] out = new double[first + rows * cols][old[0].length];
            if (classToken) {
                out[0] = old[0];
            }
            double[][] down = Bicubic.matrix(grid, rows);
            double[][] across = Bicubic.matrix(grid, cols);
            int[][] lines = taps(down);
            int[][] places = taps(across);
            for (int t = 0; t < rows * cols; t++) {
                for (int r : lines[t / cols]) {
                    for (int c : places[t % cols]) {
                        add(down[t / cols][r] * across[t % cols][c], old[first + r * grid + c], out[first + t]);
                    }
                }
            }
            return Nd4j.createFromArray(out).castTo(position.dataType());
        }
    }

    /** Where each row of a matrix is not zero: at most four places. */
    private static int[][] taps(double[][] matrix) {
        return Arrays.stream(matrix)
                .map(row ->
                        IntStream.range(0, row.length).filter(i -> row[i] != 0).toArray())
                .toArray(int[][]::new);
    }

    private static void add(double weight, double[] from, double[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += weight * from[i];
        }
    }
}
