package org.revlayers.internal.kernel.activation;

/**
 * Philox-4x32-10: a counter-based random generator. Word k of the stream depends on k and the key only, so that a dropout mask, or a
 * chain's signs, can be made again from its seed, by any number of threads.
 *
 * <p>Source: Salmon, Moraes, Dror, Shaw, Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011.
 */
public final class Philox {

    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;

    private Philox() {}

    /** Replaces the four words of the counter by the four random words that belong to it. */
    static void block(int[] counter, int key0, int key1) {
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = MULTIPLIER_0 * Integer.toUnsignedLong(counter[0]);
            long product1 = MULTIPLIER_1 * Integer.toUnsignedLong(counter[2]);
            counter[0] = (int) (product1 >>> 32) ^ counter[1] ^ key0;
            counter[1] = (int) product1;
            counter[2] = (int) (product0 >>> 32) ^ counter[3] ^ key1;
            counter[3] = (int) product0;
            key0 += WEYL_0;
            key1 += WEYL_1;
        }
    }

    /** Words 4·index to 4·index + 3 of the stream that belongs to {@code seed}, into {@code words}. */
    public static void words(long seed, long index, int[] words) {
        words[0] = (int) index;
        words[1] = (int) (index >>> 32);
        words[2] = 0;
        words[3] = 0;
        block(words, (int) seed, (int) (seed >>> 32));
    }
}
