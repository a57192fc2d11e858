package org.revlayers.internal.disk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import lombok.RequiredArgsConstructor;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.memory.ProcessMemory;

/** Where arrays of a device go: page-locked host memory, in pieces, for the copies of a device run at full speed from there and back. */
@RequiredArgsConstructor
final class HostFile implements BlockFile {

    private static final int PIECE = 64 << 20;

    private final Device device;
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
                pieces.add(new BytePointer(device.pin(PIECE)).capacity(PIECE));
            }
            long part = Math.min(bytes - done, PIECE - place % PIECE);
            BytePointer piece = pieces.get((int) (place / PIECE)).getPointer(BytePointer.class, place % PIECE);
            BytePointer outside = buffer.getPointer(BytePointer.class, done);
            Pointer.memcpy(in ? piece : outside, in ? outside : piece, part);
            done += part;
        }
    }

    @Override
    public long usableBytes() {
        return ProcessMemory.availableBytes().orElse(Long.MAX_VALUE);
    }

    @Override
    public synchronized void close() {
        pieces.forEach(device::unpin);
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
