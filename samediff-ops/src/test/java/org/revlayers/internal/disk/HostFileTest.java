package org.revlayers.internal.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
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

    private static HostFile counted(AtomicInteger pieces) {
        return new HostFile(
                bytes -> {
                    pieces.incrementAndGet();
                    return Pointer.malloc(bytes);
                },
                piece -> {
                    pieces.decrementAndGet();
                    Pointer.free(piece);
                });
    }

    /** Of 30 MiB each, in pieces of 64: the third lies in two. Steps and what they drop need no more room than one. */
    @Test
    void unitsOfManyStepsCrossPieces() {
        int length = 30 << 18;
        AtomicInteger pieces = new AtomicInteger();
        Disk disk = new Disk(() -> counted(pieces), EmulatedDevice.orCurrent());
        Arena arena = Arena.current();
        for (int step = 0; step < 3; step++) {
            List<INDArray> arrays = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                arrays.add(arena.take(DataType.FLOAT, length).assign(10 * step + i));
                arrays.get(i).putScalar(length - 1, step + 0.5);
            }
            List<Stored> stored = disk.store(arrays, arena);
            arrays.forEach(array -> array.assign(-1));
            for (int i = 0; i < 3; i++) {
                if (i == step) {
                    disk.drop(stored.get(i));
                    continue;
                }
                INDArray back = disk.fetch(stored.get(i));
                assertEquals(step + 0.5, back.getDouble(length - 1));
                back.putScalar(length - 1, 10 * step + i);
                assertEquals(10 * step + i, back.minNumber().doubleValue());
                assertEquals(10 * step + i, back.maxNumber().doubleValue());
                arena.give(back);
            }
            arrays.forEach(arena::give);
            assertEquals(2, pieces.get());
        }
        assertTrue(disk.trimUnused(-1));
        assertEquals(0, pieces.get(), "freed");
        arena.trim();
    }

    /** As when its thread has ended. */
    @Test
    void memoryOfAFileThatNobodyHasIsFreed() throws InterruptedException {
        AtomicInteger pieces = new AtomicInteger();
        counted(pieces).write(Staging.buffer(BlockFile.BLOCK), 0);
        for (int i = 0; i < 100 && pieces.get() > 0; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertEquals(0, pieces.get());
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
