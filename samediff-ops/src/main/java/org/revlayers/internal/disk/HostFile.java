package org.revlayers.internal.disk;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.memory.ProcessMemory;

/**
 * Where arrays of a device go: host memory, in pieces, page-locked so that the device copies to and from them at full speed. They are freed when it is closed,
 * or when nobody can reach it any more, as when its thread has ended.
 */
final class HostFile implements BlockFile {

    private static final int PIECE = 64 << 20;
    private static final Cleaner CLEANER = Cleaner.create();

    /** So many bytes; null or an OutOfMemoryError where there are none. */
    private final LongFunction<Pointer> memory;

    private final Pieces pieces;

    private record Pieces(List<Pointer> all, Consumer<Pointer> free) implements Runnable {
        @Override
        public synchronized void run() {
            all.forEach(free);
            all.clear();
        }
    }

    HostFile(LongFunction<Pointer> memory, Consumer<Pointer> free) {
        this.memory = memory;
        pieces = new Pieces(new ArrayList<>(), free);
        CLEANER.register(this, pieces);
    }

    /** Of a device. */
    static HostFile pinned(Device device) {
        return new HostFile(device::pin, device::unpin);
    }

    @Override
    public synchronized void write(ByteBuffer blocks, long at) {
        for (long place = at; blocks.hasRemaining(); ) {
            ByteBuffer window = window(place, blocks.remaining());
            place += window.limit();
            window.put(blocks.slice(blocks.position(), window.limit()));
            blocks.position(blocks.position() + window.limit());
        }
    }

    @Override
    public synchronized void read(ByteBuffer blocks, long at) {
        for (long place = at; blocks.hasRemaining(); ) {
            ByteBuffer window = window(place, blocks.remaining());
            place += window.limit();
            blocks.put(window);
        }
    }

    @Override
    public synchronized ByteBuffer window(long at, long bytes) {
        while (pieces.all().size() <= at / PIECE) {
            Pointer piece = memory.apply(PIECE);
            if (piece == null || piece.isNull()) {
                throw new OutOfMemoryError("no " + PIECE + " bytes of host memory for offloaded arrays");
            }
            pieces.all().add(piece);
        }
        int part = (int) Math.min(bytes, PIECE - at % PIECE);
        Pointer piece = pieces.all().get((int) (at / PIECE));
        return new BytePointer(piece)
                .capacity(PIECE)
                .getPointer(BytePointer.class, at % PIECE)
                .capacity(part)
                .asByteBuffer();
    }

    @Override
    public long usableBytes() {
        return ProcessMemory.availableBytes().orElse(Long.MAX_VALUE);
    }

    @Override
    public synchronized void close() {
        pieces.run();
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
