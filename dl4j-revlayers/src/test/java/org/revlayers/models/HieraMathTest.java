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
    void windowsDoNotSeeEachOther() {
        int grid = 4;
        int dim = 6;
        Random random = new Random(3);
        float[] qkv = new float[grid * grid * 3 * dim];
        for (int i = 0; i < qkv.length; i++) {
            qkv[i] = random.nextFloat();
        }
        for (boolean pool : new boolean[] {false, true}) {
            float[] before = WindowAttention.forward(qkv, grid, 2, dim, 2, pool);
            float[] changed = qkv.clone();
            changed[0] += 1; // q of the first token: first window
            changed[2 * dim] += 1; // v of the first token
            float[] after = WindowAttention.forward(changed, grid, 2, dim, 2, pool);
            int perRow = pool ? 2 : 4;
            for (int t = 0; t < before.length / dim; t++) {
                boolean first = pool ? t == 0 : t / perRow < 2 && t % perRow < 2;
                float[] b = Arrays.copyOfRange(before, t * dim, (t + 1) * dim);
                float[] a = Arrays.copyOfRange(after, t * dim, (t + 1) * dim);
                assertEquals(!first, Arrays.equals(a, b), "token " + t + " pool " + pool);
            }
        }
    }

    @Test
    void poolingTakesTheLargest() {
        float[] x = {1, 10, 2, 20, 3, 30, 4, 5, 9, 9, 9, 9, 8, 8, 8, 88};
        // one image, grid 2 would be 8 values; here two images of grid 2, two features
        assertArrayEquals(new float[] {4, 30, 9, 88}, HieraBlock.maxPool(x, 2, 2));
    }
}
