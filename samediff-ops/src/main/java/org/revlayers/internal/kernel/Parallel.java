package org.revlayers.internal.kernel;

import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/** Loops whose turns are independent of each other, over all cores; the result is that of one thread. */
public final class Parallel {

    /** Elements in a chunk: a multiple of eight, so that no two chunks share a byte of a mask. */
    private static final int CHUNK = 4096;

    private Parallel() {}

    /** A stretch of elements. */
    @FunctionalInterface
    public interface Stretch {
        void run(long from, int count);
    }

    /** Covers 0..length in chunks. */
    public static void chunks(long length, Stretch body) {
        each((length + CHUNK - 1) / CHUNK, chunk -> {
            long from = chunk * CHUNK;
            body.run(from, (int) Math.min(CHUNK, length - from));
        });
    }

    /** Covers 0..count one by one. */
    public static void each(long count, LongConsumer body) {
        LongStream.range(0, count).parallel().forEach(body);
    }
}
