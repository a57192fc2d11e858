package org.revlayers.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class PositionEmbeddingTest {

    @Test
    void theSameGridKeepsTheValues() {
        INDArray position = Nd4j.randn(DataType.FLOAT, 10, 4);
        assertEquals(position, PositionEmbedding.resize(position, true, 3, 3));
    }

    @Test
    void rowsAndColumnsAreResizedByThemselves() {
        int grid = 4;
        INDArray position = Nd4j.zeros(DataType.DOUBLE, grid * grid, 2);
        for (int i = 0; i < grid * grid; i++) {
            position.putScalar(i, 0, i / grid);
            position.putScalar(i, 1, i % grid);
        }
        INDArray out = PositionEmbedding.resize(position, false, 8, 6);
        assertArrayEquals(new long[] {48, 2}, out.shape());
        double[] down = columnOf(Bicubic.matrix(grid, 8), grid);
        double[] across = columnOf(Bicubic.matrix(grid, 6), grid);
        for (int t = 0; t < 48; t++) {
            assertEquals(down[t / 6], out.getDouble(t, 0), 1e-12);
            assertEquals(across[t % 6], out.getDouble(t, 1), 1e-12);
        }
        INDArray square = PositionEmbedding.resize(position, false, 7, 7);
        double[] rows = position.getColumn(0).toDoubleVector();
        assertArrayEquals(
                Bicubic.resize(rows, Bicubic.matrix(grid, 7)),
                square.getColumn(0).toDoubleVector(),
                1e-12);
    }

    private static double[] columnOf(double[][] matrix, int n) {
        double[] out = new double[matrix.length];
        for (int i = 0; i < out.length; i++) {
            for (int k = 0; k < n; k++) {
                out[i] += matrix[i][k] * k;
            }
        }
        return out;
    }

    @Test
    void theClassTokenIsKeptAndShapesAreChecked() {
        INDArray position = Nd4j.randn(DataType.FLOAT, 5, 3);
        INDArray out = PositionEmbedding.resize(position, true, 3, 5);
        assertArrayEquals(new long[] {16, 3}, out.shape());
        assertEquals(position.getRow(0), out.getRow(0));
        assertThrows(IllegalArgumentException.class, () -> PositionEmbedding.resize(position, false, 3, 3));
    }
}
