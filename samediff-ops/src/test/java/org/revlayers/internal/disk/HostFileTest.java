package org.revlayers.internal.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.TestArrays;
import org.revlayers.internal.kernel.device.EmulatedDevice;
import org.revlayers.internal.memory.Arena;

/** Arrays that go to page-locked host memory come back as they were. */
class HostFileTest {

    @Test
    void bytesComeBackAlsoAcrossPieces() {
        try (HostFile file = new HostFile(Pointer::malloc, Pointer::free)) {
            ByteBuffer bytes = Staging.buffer(3 * BlockFile.BLOCK);
            for (int i = 0; i < bytes.limit(); i++) {
                bytes.put(i, (byte) (i * 31 >> 3));
            }
            long place = (64L << 20) - BlockFile.BLOCK; // one block before the second piece
            file.write(bytes.duplicate(), place);
            ByteBuffer back = Staging.buffer(3 * BlockFile.BLOCK);
            file.read(back, place);
            assertEquals(bytes, back.rewind());
        }
    }

    @Test
    void holdsWhatADiskHolds() {
        Disk disk = new Disk(() -> new HostFile(Pointer::malloc, Pointer::free), EmulatedDevice.orCurrent());
        Arena arena = Arena.current();
        INDArray first = arena.take(DataType.FLOAT, 500, 777);
        INDArray second = arena.take(DataType.FLOAT, 3, 4096);
        first.assign(TestArrays.floats(1, 500, 777));
        second.assign(TestArrays.floats(2, 3, 4096));
        INDArray expected = first.dup();
        INDArray other = second.dup();
        List<Stored> stored = disk.store(List.of(first, second), arena);
        first.assign(0);
        second.assign(0);
        INDArray back = disk.fetch(stored.get(0));
        INDArray rest = disk.fetch(stored.get(1));
        assertEquals(expected, back);
        assertEquals(other, rest);
        List.of(first, second, back, rest).forEach(arena::give);
    }

    @Test
    void withoutMemoryTheErrorSaysWhatToDo() {
        Disk disk = new Disk(() -> new HostFile(bytes -> null, Pointer::free), EmulatedDevice.orCurrent());
        Arena arena = Arena.current();
        INDArray array = arena.take(DataType.FLOAT, 4096);
        String message = assertThrows(UncheckedIOException.class, () -> disk.store(List.of(array), arena))
                .getMessage();
        assertTrue(message.contains("bytes of host memory"), message);
        assertTrue(message.contains("offload less") && !message.contains(FolderFile.PROPERTY), message);
        assertEquals(0, disk.count(), "nothing of it is stored");
        arena.give(array);
    }
}
