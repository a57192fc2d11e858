package org.revlayers.internal.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A file of blocks in a map, which says no when it is told to. */
final class MemoryFile implements BlockFile {

    private final Map<Long, byte[]> blocks = new ConcurrentHashMap<>();

    /** Bytes that may still be written before the disk is full. */
    volatile long room = Long.MAX_VALUE;

    volatile long usable = Long.MAX_VALUE;
    volatile boolean unreadable;
    volatile boolean broken;
    volatile int closed;

    @Override
    public void write(ByteBuffer buffer, long at) throws IOException {
        if (buffer.remaining() % BLOCK != 0 || at % BLOCK != 0) {
            throw new IOException("not whole blocks: " + buffer.remaining() + " at " + at);
        }
        if (broken) {
            throw new InternalError("a fault occurred in an unsafe memory access operation");
        }
        for (long place = at; buffer.hasRemaining(); place += BLOCK) {
            if (room < BLOCK) {
                throw new IOException("No space left on device");
            }
            room -= BLOCK;
            byte[] block = new byte[BLOCK];
            buffer.get(block);
            blocks.put(place, block);
        }
    }

    @Override
    public void read(ByteBuffer buffer, long at) throws IOException {
        if (unreadable) {
            throw new IOException("Input/output error");
        }
        for (long place = at; buffer.hasRemaining(); place += BLOCK) {
            buffer.put(blocks.get(place));
        }
    }

    @Override
    public long usableBytes() {
        return usable;
    }

    @Override
    public String remedy() {
        return "free some room there, or set -Drevlayers.offload.dir to a folder on another disk";
    }

    @Override
    public void close() {
        closed++;
    }

    @Override
    public String toString() {
        return "/full";
    }
}
