package org.revlayers.internal.disk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import lombok.RequiredArgsConstructor;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.revlayers.internal.memory.ProcessMemory;

/** Where arrays of a device go: host memory, in pieces. The buffers on the way there are page-locked ({@link Staging}). */
@RequiredArgsConstructor
final class HostFile implements BlockFile {

    private static final int PIECE = 64 << 20;

    /** So many bytes, or null. */
    private final LongFunction<Pointer> memory;

    private final List<BytePointer> pieces = new ArrayList<>();

    @Override
    public synchronized void write(ByteBuffer blocks, long at) {
        try (BytePointer source = new BytePointer(blocks)) {
            move(source, blocks.remaining(), at, true);
        }
    }

    @Override
    public synchronized void read(ByteBuffer blocks, long at) {
        try (BytePointer to = new BytePointer(blocks)) {
            move(to, blocks.remaining(), at, false);
        }
    }

    private void move(BytePointer buffer, long bytes, long at, boolean in) {
        for (long done = 0; done < bytes; ) {
            long place = at + done;
            while (pieces.size() <= place / PIECE) {
                pieces.add(piece());
            }
            long part = Math.min(bytes - done, PIECE - place % PIECE);
            BytePointer piece = pieces.get((int) (place / PIECE)).getPointer(BytePointer.class, place % PIECE);
            BytePointer outside = buffer.getPointer(BytePointer.class, done);
            Pointer.memcpy(in ? piece : outside, in ? outside : piece, part);
            done += part;
        }
    }

    private BytePointer piece() {
        Pointer piece = memory.apply(PIECE);
        if (piece == null || piece.isNull()) {
            throw new OutOfMemoryError("no " + PIECE + " bytes of host memory for offloaded arrays");
        }
        return new BytePointer(piece).capacity(PIECE);
    }

    @Override
    public long usableBytes() {
        return ProcessMemory.availableBytes().orElse(Long.MAX_VALUE);
    }

    @Override
    public synchronized void close() {
        pieces.forEach(Pointer::free);
        pieces.clear();
    }

    @Override
    public String remedy() {
        return "use a smaller batch, offload less, or leave the machine more memory";
    }

    @Override
    public String toString() {
        return "host memory";
    }
}
