package org.revlayers.examples.data;

import java.util.Arrays;
import java.util.Random;

/** Shuffles that are the same on every machine for the same seed. */
public final class Shuffle {

    private Shuffle() {}

    /** The numbers 0..size-1 in an order that depends on the seed only (Fisher-Yates). */
    public static int[] order(int size, long seed) {
        int[] order = new int[size];
        Arrays.setAll(order, i -> i);
        Random random = new Random(seed);
        for (int i = size - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        return order;
    }

    /**
     * {@code count} different numbers of 0..size-1, the first of {@link #order}: a larger subset with the same seed holds the
     * smaller.
     */
    public static int[] subset(int size, int count, long seed) {
        if (count < 1 || count > size) {
            throw new IllegalArgumentException(
                    "a subset has 1.." + size + " items, asked for " + count + ": there are no more");
        }
        return Arrays.copyOf(order(size, seed), count);
    }
}
