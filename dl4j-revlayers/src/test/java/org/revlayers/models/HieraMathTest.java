package org.revlayers.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;

class HieraMathTest {

    @Test
    void bicubicKeepsConstantsAndSameSizes() {
        for (double[] row : Bicubic.matrix(7, 56)) {
            assertEquals(1, Arrays.stream(row).sum(), 1e-12);
        }
        double[] grid = new Random(1).doubles(49).toArray();
        assertArrayEquals(grid, Bicubic.resize(grid, Bicubic.matrix(7, 7)), 1e-12);
    }

    @Test
    void bicubicMatchesAKnownRow() {
        // 2 to 4, a = -0.75: weights at a quarter of a pixel, ends repeated
        double[] row = Bicubic.matrix(2, 4)[1];
        assertArrayEquals(new double[] {0.87890625 - 0.10546875, 0.26171875 - 0.03515625}, row, 1e-12);
    }

    @Test
    void positionIsTakenApartAndPutTogether() {
        Random random = new Random(2);
        double[] background = random.doubles(49).toArray();
        double[] window = random.doubles(64).toArray();
        float[] folded = assemble(background, window, 256);
        HieraPosition position = HieraPosition.of(Nd4j.create(folded, new long[] {1, 1, 256, 256}, 'c'));
        assertArrayEquals(assemble(background, window, 56), position.tokens(56), 1e-6f);
        folded[12345] += 0.01f;
        assertThrows(
                IllegalArgumentException.class,
                () -> HieraPosition.of(Nd4j.create(folded, new long[] {1, 1, 256, 256}, 'c')));
    }

    private static float[] assemble(double[] background, double[] window, int grid) {
        double[] plane = Bicubic.resize(background, Bicubic.matrix(7, grid));
        float[] out = new float[plane.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) (plane[i] + window[i / grid % 8 * 8 + i % grid % 8]);
        }
        return out;
    }

    @Test
    void windowOrderIsUndone() {
        int grid = 6;
        float[] ordered = new float[2 * grid * grid * 2];
        for (int t = 0; t < 2 * grid * grid; t++) {
            int place = t % (grid * grid);
            int to = t - place + Windows.index(place / grid, place % grid, grid, 3);
            ordered[2 * to] = t;
            ordered[2 * to + 1] = -t;
        }
        assertEquals(4, Windows.index(1, 1, grid, 3));
        assertEquals(9, Windows.index(0, 3, grid, 3), "the second window follows the first");
        float[] rows = Windows.toRows(ordered, grid, 3, 2);
        for (int t = 0; t < 2 * grid * grid; t++) {
            assertEquals(t, rows[2 * t]);
            assertEquals(-t, rows[2 * t + 1]);
        }
    }

    @Test
    void poolingTakesTheLargestOfEachCell() {
        float[][] tokens = {{1, 10, 0}, {2, 20, 0}, {3, 30, 0}, {4, 5, 0}, {9, 9, 0}, {9, 9, 0}, {9, 9, 0}, {8, 88, 0}};
        float[][] pooled = {{4, 30}, {9, 88}};
        assertArrayEquals(
                pooled, Windows.maxPool(Nd4j.createFromArray(tokens), 2, 2).toFloatMatrix());
        float[] sixteen = new float[16];
        for (int i = 0; i < 16; i++) {
            sixteen[i] = i;
        }
        float[][] corners = {{5}, {7}, {13}, {15}};
        assertArrayEquals(
                corners,
                Windows.maxPool(Nd4j.create(sixteen, new long[] {16, 1}, 'c'), 4, 1)
                        .toFloatMatrix());
    }
}
