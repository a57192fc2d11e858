package org.revlayers.internal.disk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import lombok.RequiredArgsConstructor;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.memory.ProcessMemory;

/** Where arrays of a device go: host memory, in pieces, page-locked so that the device copies to and from them at full speed. */
@RequiredArgsConstructor
final class HostFile implements BlockFile {

    private static final int PIECE = 64 << 20;

    /** So many bytes; null or an OutOfMemoryError where there are none. */
    private final LongFunction<Pointer> memory;

    private final Consumer<Pointer> free;

    private final List<Pointer> pieces = new ArrayList<>();

    /** Of a device. */
    static HostFile pinned(Device device) {
        return new HostFile(device::pin, device::unpin);
    }

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

    @Override
    public synchronized ByteBuffer window(long at, long bytes) {
        int part = (int) Math.min(bytes, PIECE - at % PIECE);
        return piece(at).capacity(part).asByteBuffer();
    }

    private void move(BytePointer buffer, long bytes, long at, boolean in) {
        for (long done = 0; done < bytes; ) {
            long place = at + done;
            long part = Math.min(bytes - done, PIECE - place % PIECE);
            BytePointer piece = piece(place);
            BytePointer outside = buffer.getPointer(BytePointer.class, done);
            Pointer.memcpy(in ? piece : outside, in ? outside : piece, part);
            done += part;
        }
    }

    /** The memory from a place on; makes what is missing up to there. */
    private BytePointer piece(long place) {
        while (pieces.size() <= place / PIECE) {
            Pointer piece = memory.apply(PIECE);
            if (piece == null || piece.isNull()) {
                throw new OutOfMemoryError("no " + PIECE + " bytes of host memory for offloaded arrays");
            }
            pieces.add(piece);
        }
        BytePointer piece = new BytePointer(pieces.get((int) (place / PIECE))).capacity(PIECE);
        return piece.getPointer(BytePointer.class, place % PIECE);
    }

    @Override
    public long usableBytes() {
        return ProcessMemory.availableBytes().orElse(Long.MAX_VALUE);
    }

    @Override
    public synchronized void close() {
        pieces.forEach(free);
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
