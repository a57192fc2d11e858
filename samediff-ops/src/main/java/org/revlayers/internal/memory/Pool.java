package org.revlayers.internal.memory;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The one policy for off-heap memory that is taken and given back: what is given back is given out again, the latest first, for the same type and number of
 * elements. Before new memory is made, the oldest that waits is freed until live and idle bytes together are no more than the highest number of live bytes
 * seen, and a slack. So a process holds the peak of one step, however many steps run, and nothing waits for the garbage collector.
 *
 * <p>Two users: {@link Arena}, for the containers of networks, and the sessions of graphs. Who may read an array how long is theirs to know.
 *
 * <p>Counts bytes of array data. For several threads.
 */
@RequiredArgsConstructor
public final class Pool implements IdleTrim.Idle {

    private record Kind(DataType type, long length) {
        static Kind of(OffHeapArray memory) {
            return new Kind(memory.flat().dataType(), memory.flat().length());
        }

        long bytes() {
            return length * type.width();
        }
    }

    /** Bytes that may wait beyond the highest number of live bytes, of that number. */
    private final LongUnaryOperator slack;

    /** Below this number of elements memory is not kept for reuse: the bookkeeping costs more than the allocation. */
    private final long smallest;

    private final Map<Kind, Deque<OffHeapArray>> idle = new HashMap<>();
    private final Set<OffHeapArray> oldestFirst = new LinkedHashSet<>();
    private long liveBytes;
    private long idleBytes;
    private long highestLive;
    private long peakLive;
    private long peakFootprint;
    private long lastUse = System.nanoTime();

    /** Uninitialised memory. */
    public synchronized OffHeapArray take(DataType type, long length) {
        Kind kind = new Kind(type, length);
        long live = liveBytes + kind.bytes();
        long highest = Math.max(highestLive, live);
        Deque<OffHeapArray> fitting = idle.get(kind);
        OffHeapArray memory = fitting == null ? null : fitting.pollLast();
        if (memory != null) {
            oldestFirst.remove(memory);
            idleBytes -= kind.bytes();
        } else {
            shrink(highest + slack.applyAsLong(highest) - live);
            memory = allocate(type, length);
        }
        highestLive = highest;
        liveBytes = live;
        lastUse = System.nanoTime();
        peakLive = Math.max(peakLive, liveBytes);
        peakFootprint = Math.max(peakFootprint, liveBytes + idleBytes);
        return memory;
    }

    /** New memory; where there is not enough, what waits here is freed for it. */
    private OffHeapArray allocate(DataType type, long length) {
        try {
            return OffHeapArray.allocate(type, length);
        } catch (OutOfMemoryError e) {
            if (idleBytes == 0) {
                throw e;
            }
            shrink(0);
            return OffHeapArray.allocate(type, length);
        }
    }

    /** Gives memory back, to be taken again. */
    public synchronized void give(OffHeapArray memory) {
        Kind kind = Kind.of(memory);
        if (kind.length < smallest) {
            free(memory);
            return;
        }
        liveBytes -= kind.bytes();
        idleBytes += kind.bytes();
        idle.computeIfAbsent(kind, k -> new ArrayDeque<>()).addLast(memory);
        oldestFirst.add(memory);
        lastUse = System.nanoTime();
    }

    /** Gives memory back that must not be taken again, and frees it. */
    public synchronized void free(OffHeapArray memory) {
        liveBytes -= Kind.of(memory).bytes();
        lastUse = System.nanoTime();
        memory.free();
    }

    /** Counts memory no longer, which is freed when nobody can read it. */
    synchronized void forget(OffHeapArray memory) {
        liveBytes -= Kind.of(memory).bytes();
    }

    /** Frees what waits. */
    public synchronized void trim() {
        shrink(0);
    }

    @Override
    public synchronized boolean trimUnused(long nanos) {
        boolean trims = idleBytes > 0 && (nanos < 0 || System.nanoTime() - lastUse >= nanos);
        if (trims) {
            trim();
        }
        return trims;
    }

    /** Frees what has waited longest until no more than so many bytes wait. */
    private void shrink(long allowed) {
        while (idleBytes > allowed && !oldestFirst.isEmpty()) {
            OffHeapArray oldest = oldestFirst.iterator().next();
            Kind kind = Kind.of(oldest);
            oldestFirst.remove(oldest);
            idle.get(kind).remove(oldest);
            if (idle.get(kind).isEmpty()) {
                idle.remove(kind);
            }
            idleBytes -= kind.bytes();
            oldest.free();
        }
    }

    /** Bytes taken and not given back. */
    public synchronized long liveBytes() {
        return liveBytes;
    }

    /** Bytes given back and not freed. */
    public synchronized long idleBytes() {
        return idleBytes;
    }

    /** The largest {@link #liveBytes()} since {@link #resetPeak()}. */
    public synchronized long peakLiveBytes() {
        return peakLive;
    }

    /** The largest sum of live and idle bytes since {@link #resetPeak()}: what the process had to have. */
    public synchronized long peakFootprintBytes() {
        return peakFootprint;
    }

    /** Starts a new phase: peaks fall back to what is there now. */
    public synchronized void resetPeak() {
        peakLive = liveBytes;
        peakFootprint = liveBytes + idleBytes;
    }
}
