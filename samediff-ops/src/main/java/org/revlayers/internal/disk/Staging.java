package org.revlayers.internal.disk;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The buffers between arrays in host memory and a file: aligned, a fixed number, so that no more bytes than theirs are on their way. */
final class Staging {

    /** Bytes of one buffer. */
    static final int BYTES = 1 << 20;

    /** Buffers of writes that have not ended. */
    static final int WRITES = 8;

    private final BlockingQueue<ByteBuffer> free = new ArrayBlockingQueue<>(WRITES);

    /** Of the one thread that reads. */
    private final ByteBuffer reads = buffer(BYTES);

    Staging() {
        for (int i = 0; i < WRITES; i++) {
            free.add(buffer(BYTES));
        }
    }

    /** An aligned buffer. */
    static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes + BlockFile.BLOCK)
                .alignedSlice(BlockFile.BLOCK)
                .slice(0, bytes);
    }

    /** Waits for a buffer that no write has. */
    ByteBuffer take() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return free.take();
                } catch (InterruptedException e) {
                    interrupted = true; // a buffer comes back with every write, also with one that fails
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    void give(ByteBuffer buffer) {
        free.add(buffer);
    }

    ByteBuffer reads() {
        return reads;
    }

    /** Fills a buffer with bytes of an array, up to whole blocks. */
    void fill(ByteBuffer buffer, INDArray array, long from, int bytes) {
        copy(new BytePointer(buffer.clear()), at(array, from), bytes);
        buffer.limit((int) BlockFile.whole(bytes));
    }

    /** Writes the bytes of a buffer to an array. */
    void empty(ByteBuffer buffer, INDArray array, long from, int bytes) {
        copy(at(array, from), new BytePointer(buffer.clear()), bytes);
    }

    private static void copy(BytePointer to, BytePointer from, int bytes) {
        try (to;
                from) {
            Pointer.memcpy(to, from, bytes);
        }
    }

    private static BytePointer at(INDArray array, long from) {
        return new BytePointer(array.data().addressPointer()).getPointer(BytePointer.class, from);
    }
}
