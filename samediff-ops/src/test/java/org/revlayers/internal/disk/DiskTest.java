package org.revlayers.internal.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.memory.Arena;

/** Arrays on a disk: they come back as they were, errors are said, and nothing is left behind. */
@Timeout(120) // a buffer that does not come back is waited for
class DiskTest {

    /** Elements of the arrays of a unit: less than a block, some blocks, more than a buffer. */
    private static final long[] LENGTHS = {1_025, 70_001, 300_007};

    private static final long BYTES = 4 * (1_025 + 70_001 + 300_007);

    /** What tests before have lost may be forgotten at any time. */
    private final Arena.Apart apart = Arena.apart();

    private final Arena arena = Arena.current();

    @BeforeAll
    static void isOfTheHost() {
        assumeTrue(Devices.current() == null, "a device's arrays wait in host memory: HostFileTest");
    }

    @AfterEach
    void close() {
        apart.close();
    }

    private static Disk disk(BlockFile file) {
        return new Disk(() -> file, null);
    }

    private List<INDArray> unit(int seed) {
        List<INDArray> arrays = new ArrayList<>();
        for (long length : LENGTHS) {
            INDArray array = arena.take(DataType.FLOAT, length);
            array.assign(values(seed, length));
            arrays.add(array);
        }
        return arrays;
    }

    private static INDArray values(int seed, long length) {
        return Nd4j.arange(length).castTo(DataType.FLOAT).muli(0.37).addi(1_000 * seed);
    }

    /** Stores as a step does: the arrays are written over at once. */
    private List<Stored> store(Disk disk, int seed) {
        List<INDArray> arrays = unit(seed);
        try {
            return disk.store(arrays, arena);
        } finally {
            arrays.forEach(array -> {
                array.assign(-1);
                arena.give(array);
            });
        }
    }

    private void fetch(Disk disk, List<Stored> unit, int seed) {
        for (int i = LENGTHS.length - 1; i >= 0; i--) {
            INDArray back = disk.fetch(unit.get(i));
            assertEquals(values(seed, LENGTHS[i]), back, "unit " + seed + ", array " + i);
            arena.give(back);
        }
    }

    private void step(Disk disk, int units) {
        List<List<Stored>> all = new ArrayList<>();
        for (int i = 0; i < units; i++) {
            all.add(store(disk, i));
        }
        for (int i = units - 1; i >= 0; i--) {
            fetch(disk, all.get(i), i);
        }
    }

    @Test
    void bytesComeBackAndAreReallyWritten(@TempDir Path folder) {
        Disk disk = new Disk(() -> FolderFile.open(folder), null);
        step(disk, 4);
        long blocks = 0;
        for (long length : LENGTHS) {
            blocks += (4 * length + 4095) / 4096 * 4096;
        }
        assertEquals(new DiskTraffic(4 * blocks, 4 * blocks), disk.traffic());
        assertEquals(4 * blocks, disk.fileBytes());
    }

    /** A complaint (meta-pytorch/torchtune #2456, pytorch/torchtitan #3521): reloading leaked the buffer. */
    @Test
    void manyStepsHoldWhatOneHolds() {
        MemoryFile file = new MemoryFile();
        Disk disk = disk(file);
        step(disk, 3);
        long live = arena.liveBytes();
        long bytes = disk.fileBytes();
        arena.resetPeak();
        step(disk, 3);
        long peak = arena.peakLiveBytes();
        for (int i = 0; i < 50; i++) {
            step(disk, 3);
        }
        assertEquals(live, arena.liveBytes());
        assertEquals(peak, arena.peakLiveBytes());
        assertEquals(bytes, disk.fileBytes(), "places are those of the step before");
        assertEquals(0, disk.count());
        assertEquals(Disk.bufferBytes(), disk.heldBytes());
    }

    /** The array that is fetched, its unit and the one that comes next. */
    @Test
    void transientBytesAreThoseOfTwoUnits() {
        Disk disk = disk(new MemoryFile());
        List<List<Stored>> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.add(store(disk, i));
        }
        long live = arena.liveBytes();
        arena.resetPeak();
        for (int i = 4; i >= 0; i--) {
            fetch(disk, all.get(i), i);
        }
        assertEquals(2 * BYTES, arena.peakLiveBytes() - live);
    }

    @Test
    void whatIsNotFetchedIsDropped() {
        Disk disk = disk(new MemoryFile());
        long live = arena.liveBytes();
        List<Stored> first = store(disk, 1);
        List<Stored> second = store(disk, 2);
        arena.give(disk.fetch(second.get(0))); // the others are on their way back
        second.forEach(disk::drop);
        first.forEach(disk::drop);
        first.forEach(disk::drop);
        assertEquals(live, arena.liveBytes());
        assertEquals(0, disk.count());
        step(disk, 2);
    }

    /** A complaint of axolotl's offloading: a full disk never gave its permits back. */
    @Test
    void aFullDiskIsSaidAndTheNextStepIsRight() {
        MemoryFile file = new MemoryFile();
        Disk disk = disk(file);
        step(disk, 2);
        long live = arena.liveBytes();
        for (int i = 0; i < 3 * Staging.WRITES; i++) {
            file.room = 1_300_000;
            List<List<Stored>> all = new ArrayList<>();
            String message = assertThrows(UncheckedIOException.class, () -> {
                        all.add(store(disk, 1));
                        all.add(store(disk, 2));
                        fetch(disk, all.get(1), 2);
                    })
                    .getMessage();
            assertTrue(
                    message.contains("No space left on device") && message.contains("-Drevlayers.offload.dir"),
                    message);
            all.forEach(unit -> unit.forEach(disk::drop));
            assertEquals(live, arena.liveBytes());
        }
        file.room = Long.MAX_VALUE;
        step(disk, 3);
        assertEquals(0, disk.count());
    }

    @Test
    void roomIsAskedForBeforeAnythingIsWritten() {
        MemoryFile file = new MemoryFile();
        file.usable = (64L << 20) + BYTES / 2;
        Disk disk = disk(file);
        String message =
                assertThrows(UncheckedIOException.class, () -> store(disk, 1)).getMessage();
        assertTrue(
                message.contains("offloading to /full needs more room: 290816 bytes are there, 1200128 more"), message);
        assertEquals(0, disk.count());
        file.usable = Long.MAX_VALUE;
        step(disk, 2);
    }

    @Test
    void anErrorOfReadingIsThrownToItsReader() {
        MemoryFile file = new MemoryFile();
        Disk disk = disk(file);
        long live = arena.liveBytes();
        List<Stored> unit = store(disk, 1);
        file.unreadable = true;
        String message = assertThrows(UncheckedIOException.class, () -> disk.fetch(unit.get(2)))
                .getMessage();
        assertTrue(message.contains("Input/output error"), message);
        unit.forEach(disk::drop);
        file.unreadable = false;
        assertEquals(live, arena.liveBytes());
        step(disk, 2);
    }

    /** What was not written would be read as something else. */
    @Test
    void anyErrorOfWritingIsThrown() {
        MemoryFile file = new MemoryFile();
        Disk disk = disk(file);
        step(disk, 1);
        file.broken = true;
        String message = assertThrows(UncheckedIOException.class, () -> fetch(disk, store(disk, 1), 1))
                .getMessage();
        assertTrue(message.contains("unsafe memory access"), message);
    }

    @Test
    void twoThreadsHaveAFileEach(@TempDir Path folder) {
        var threads = Executors.newFixedThreadPool(2);
        try {
            Runnable work = () -> new DiskTest().steps(new Disk(() -> FolderFile.open(folder), null));
            CompletableFuture<?> other = CompletableFuture.runAsync(work, threads);
            CompletableFuture.runAsync(work, threads).join();
            other.join();
        } finally {
            threads.shutdown();
        }
    }

    private void steps(Disk disk) {
        for (int i = 0; i < 5; i++) {
            step(disk, 3);
        }
    }

    @Test
    void anUnusedFileIsClosedAndMadeAnew() {
        MemoryFile file = new MemoryFile();
        Disk disk = disk(file);
        List<Stored> unit = store(disk, 1);
        assertEquals(false, disk.trimUnused(-1), "something is stored");
        fetch(disk, unit, 1);
        while (!disk.trimUnused(-1)) {
            Thread.onSpinWait(); // the thread that wrote has not gone back to its queue yet
        }
        assertEquals(1, file.closed);
        assertEquals(0, disk.heldBytes());
        step(disk, 2);
    }

    @Test
    void bandwidthIsThatOfTheBytes(@TempDir Path folder) {
        Disk disk = new Disk(() -> FolderFile.open(folder), null);
        Bandwidth bandwidth = Bandwidth.measure(disk, 16 << 20);
        assertEquals(6 * (16L << 20), disk.traffic().written());
        assertTrue(bandwidth.written() > 1e6 && bandwidth.read() > 1e6, bandwidth.toString());
        assertEquals(0, disk.count());
    }

    /** Two that offload on a full machine would wait for each other: a fetch has its disk's lock when it takes an array. */
    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whoIsOutOfMemoryWaitsForNobodysDisk() throws Exception {
        CountDownLatch locked = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        Thread other = new Thread(() -> {
            Disk theirs = Disk.current();
            synchronized (theirs) {
                locked.countDown();
                try {
                    done.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        other.start();
        locked.await();
        try {
            assertThrows(OutOfMemoryError.class, () -> arena.take(DataType.FLOAT, 1L << 50));
        } finally {
            done.countDown();
            other.join();
        }
    }
}
