package org.revlayers.internal.disk;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.memory.Arena;

/**
 * What a disk does, as {@link Disk} uses it: bytes in a second, from arrays to the file and back, in places that were written before. To price an array of s
 * bytes whose way nothing hides: {@code s / written + s / read} seconds.
 *
 * @param written bytes per second of writing
 * @param read    bytes per second of reading
 */
public record Bandwidth(double written, double read) {

    private static final int ROUNDS = 5;
    private static final int ARRAYS = 8;

    /**
     * Measures it where the calling thread's arrays would go: the medians of {@value #ROUNDS} rounds behind one that is not counted.
     *
     * @param bytes that are written and read in a round: 64 MiB, say
     */
    public static Bandwidth measure(long bytes) {
        return measure(Disk.current(), bytes);
    }

    static Bandwidth measure(Disk disk, long bytes) {
        Arena arena = Arena.current();
        long[] writing = new long[ROUNDS + 1];
        long[] reading = new long[ROUNDS + 1];
        List<INDArray> arrays = new ArrayList<>();
        try {
            for (int i = 0; i < ARRAYS; i++) {
                arrays.add(arena.take(DataType.UINT8, Math.max(Disk.SMALLEST, bytes / ARRAYS)));
            }
            for (int round = 0; round <= ROUNDS; round++) {
                long begin = System.nanoTime();
                List<Stored> stored = disk.store(arrays, arena);
                disk.flush();
                long between = System.nanoTime();
                stored.forEach(one -> arena.give(disk.fetch(one)));
                writing[round] = between - begin;
                reading[round] = System.nanoTime() - between;
            }
        } finally {
            arrays.forEach(arena::give);
        }
        double all = arrays.stream().mapToLong(INDArray::length).sum();
        return new Bandwidth(all / seconds(writing), all / seconds(reading));
    }

    private static double seconds(long[] nanos) {
        return LongStream.of(nanos)
                        .skip(1)
                        .sorted()
                        .skip(ROUNDS / 2)
                        .findFirst()
                        .orElseThrow()
                / 1e9;
    }
}
