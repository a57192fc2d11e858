package org.revlayers.internal.disk;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.memory.IdleTrim;

/**
 * Arrays that wait on a disk between forward and backward; those of a device in host memory. There is one per thread ({@link #current()}), with one file and one background thread, both made
 * when the first array comes; the file goes when nothing was stored for a while, and with the process in any case.
 *
 * <p>On a device {@link #store} copies arrays to page-locked host memory. Elsewhere it copies them to buffers and returns; the background thread writes them, and no more than {@value Staging#WRITES} buffers of 1 MiB are
 * ever on their way. What is stored together is a unit. {@link #fetch} of an array asks for the rest of its unit and for the unit that was stored before,
 * which backward reads next, so that it comes while this one is computed with.
 *
 * <p>Places in the file are those of the step before ({@link Regions}). Bytes come back as they were. An error of writing is thrown by the {@link #store}
 * behind it or by {@link #fetch} of what it hit; what is stored after that was dropped is not touched by it.
 */
public final class Disk implements IdleTrim.Idle {

    /** Smaller arrays are not worth a block, the least that is written. */
    public static final long SMALLEST = BlockFile.BLOCK;

    private static final ThreadLocal<Disk> PER_THREAD =
            ThreadLocal.withInitial(() -> new Disk(Disk::file, Devices.current()));

    private static BlockFile file() {
        return Devices.current() == null ? FolderFile.open() : HostFile.pinned(Devices.current());
    }

    private final Transfer transfer;
    private final TreeMap<Long, List<Stored>> units = new TreeMap<>();
    private Regions regions = new Regions();
    private long unit;
    private long lastUse = System.nanoTime();

    /** @param device that arrays live on; null for host memory */
    Disk(BlockFile.Opener opener, Device device) {
        transfer = new Transfer(opener, device);
        IdleTrim.watch(this);
    }

    /** The calling thread's. */
    public static Disk current() {
        return PER_THREAD.get();
    }

    /** Bytes of the buffers that a thread has which stores anything; none on a device, which copies to where arrays wait. */
    public static long bufferBytes() {
        return Devices.current() == null ? (Staging.WRITES + 1L) * Staging.BYTES : 0;
    }

    /** Bytes of this thread's buffers; 0 before anything was stored and after {@link #trimUnused}. */
    public synchronized long heldBytes() {
        return transfer.isOpen() ? bufferBytes() : 0;
    }

    /** What has gone and come so far, all files together. */
    public DiskTraffic traffic() {
        return transfer.traffic();
    }

    /**
     * Stores arrays as a unit; they may be written over afterwards. If that throws, nothing of them is stored.
     *
     * @param arrays contiguous, each from the beginning of its buffer
     * @param arena  that they come back to
     */
    public synchronized List<Stored> store(List<INDArray> arrays, Arena arena) {
        open();
        unit++;
        List<Stored> stored = new ArrayList<>();
        try {
            for (INDArray array : arrays) {
                transfer.throwFailure(null);
                long bytes = array.length() * array.dataType().width();
                long whole = BlockFile.whole(bytes);
                transfer.requireSpace(regions.end(), regions.growth(whole));
                Stored one = new Stored(array.dataType(), array.shape(), arena, unit, regions.take(whole), bytes);
                units.computeIfAbsent(unit, u -> new ArrayList<>()).add(one);
                stored.add(one);
                transfer.write(one, array);
            }
            return stored;
        } catch (RuntimeException | Error e) {
            stored.forEach(this::drop);
            throw e;
        }
    }

    private void open() {
        lastUse = System.nanoTime();
        if (transfer.isOpen()) {
            return;
        }
        transfer.open();
        regions = new Regions();
    }

    /** The array, once more in memory, from the arena that it was stored with: the caller gives it back there. */
    public synchronized INDArray fetch(Stored stored) {
        ahead(units.get(stored.unit));
        Map.Entry<Long, List<Stored>> next = units.lowerEntry(stored.unit);
        if (next != null) {
            ahead(next.getValue());
        }
        stored.await();
        transfer.throwFailure(stored);
        INDArray back = stored.back;
        stored.back = null;
        free(stored);
        return back;
    }

    private void ahead(List<Stored> unit) {
        if (Devices.current() != null && unit.stream().anyMatch(stored -> stored.back == null)) {
            Nd4j.getExecutioner().commit(); // the thread that reads does not wait for what still uses the memory
        }
        for (Stored stored : unit) {
            if (stored.back == null) {
                stored.back = stored.arena.take(stored.type, stored.shape);
                transfer.read(stored, stored.back);
            }
        }
    }

    /** Forgets an array that nobody will fetch; one that was fetched or dropped is ignored. */
    public synchronized void drop(Stored stored) {
        if (stored.dropped) {
            return;
        }
        if (stored.back != null) {
            stored.await();
            stored.arena.give(stored.back);
            stored.back = null;
        }
        free(stored);
    }

    private void free(Stored stored) {
        stored.dropped = true;
        List<Stored> own = units.get(stored.unit);
        own.remove(stored);
        if (own.isEmpty()) {
            units.remove(stored.unit);
        }
        regions.give(stored.at, stored.whole());
        lastUse = System.nanoTime();
    }

    /** Waits until all that was stored is written. */
    synchronized void flush() {
        transfer.flush();
    }

    /** Arrays that are stored. */
    public synchronized int count() {
        return units.values().stream().mapToInt(List::size).sum();
    }

    /** Bytes of the file. */
    public synchronized long fileBytes() {
        return transfer.isOpen() ? regions.end() : 0;
    }

    /** Closes the file, which frees its room, and lets go of the buffers, unless something is stored. */
    @Override
    public synchronized boolean trimUnused(long nanos) {
        return units.isEmpty() && (nanos < 0 || System.nanoTime() - lastUse >= nanos) && transfer.close();
    }
}
