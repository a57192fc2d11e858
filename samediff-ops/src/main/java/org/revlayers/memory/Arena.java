package org.revlayers.memory;

import java.lang.ref.Cleaner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.backend.OffHeapArray;

/**
 * Off-heap arrays that are taken and given back explicitly, so that what lives is known to the byte and a peak does not wait for the
 * garbage collector. Given-back arrays are reused for the same type and length; when a new one would take the footprint (live and idle)
 * above the largest live size seen and a little slack, idle ones are freed first.
 *
 * <p>On the CPU the memory is the arena's own: closing an ND4J array does not free it before the garbage collector has seen it (M2.1).
 *
 * <p>There is one arena per thread ({@link #current()}); its arrays may be given back from another thread. The memory of an arena whose
 * thread has ended is freed when the collector finds it. {@link #trim()} frees what is idle at once.
 *
 * <p>Arrays come uninitialised and outside any workspace. An array must not be used after it was given back.
 */
public final class Arena {

    private static final ThreadLocal<Arena> PER_THREAD = ThreadLocal.withInitial(Arena::new);

    private static final Cleaner CLEANER = Cleaner.create();

    private final OffHeapArray.Owned owned = new OffHeapArray.Owned();

    private record Kind(DataType type, long length) {
        long bytes() {
            return length * type.width();
        }
    }

    /** Slack of the footprint over the largest live size: a sixteenth and 16 MiB. */
    private static final long SLACK_BYTES = 16L << 20;

    /** What {@link #take} handed out, by the view that the caller holds. */
    private final Map<INDArray, OffHeapArray> live = new IdentityHashMap<>();

    private final Map<Kind, Deque<OffHeapArray>> idle = new LinkedHashMap<>();
    private long liveBytes;
    private long idleBytes;
    private long peakLive;
    private long peakFootprint;
    private long highestLive;
    private LongConsumer trace;

    private Arena() {
        CLEANER.register(this, owned::freeAll);
    }

    /** The calling thread's arena. */
    public static Arena current() {
        return PER_THREAD.get();
    }

    /** An uninitialised C-ordered array of this type and shape. */
    public synchronized INDArray take(DataType type, long... shape) {
        long length = 1;
        for (long n : shape) {
            length *= n;
        }
        if (length <= 0) {
            throw new IllegalArgumentException(
                    "an array needs at least one element; got shape " + java.util.Arrays.toString(shape));
        }
        Kind kind = new Kind(type, length);
        Deque<OffHeapArray> fitting = idle.get(kind);
        OffHeapArray memory = fitting == null ? null : fitting.poll();
        if (memory != null) {
            idleBytes -= kind.bytes();
        } else {
            highestLive = Math.max(highestLive, liveBytes + kind.bytes());
            free(liveBytes + idleBytes + kind.bytes() - (highestLive + highestLive / 16 + SLACK_BYTES));
            memory = OffHeapArray.allocate(owned, type, length);
        }
        INDArray array = memory.flat().reshape('c', shape);
        live.put(array, memory);
        liveBytes += kind.bytes();
        peakLive = Math.max(peakLive, liveBytes);
        peakFootprint = Math.max(peakFootprint, liveBytes + idleBytes);
        traced();
        return array;
    }

    /** Gives back an array that {@link #take} returned. Null is ignored. */
    public synchronized void give(INDArray array) {
        if (array == null) {
            return;
        }
        OffHeapArray memory = live.remove(array);
        if (memory == null) {
            throw new IllegalStateException(
                    "an array can be given back once, to the arena that it came from, as the object that take returned");
        }
        Kind kind = new Kind(array.dataType(), array.length());
        liveBytes -= kind.bytes();
        idleBytes += kind.bytes();
        idle.computeIfAbsent(kind, k -> new ArrayDeque<>()).push(memory);
        traced();
    }

    private void traced() {
        if (trace != null) {
            trace.accept(liveBytes);
        }
    }

    /** Tells {@code listener} the live bytes after every take and give, for a picture of memory over time; null stops it. */
    public synchronized void trace(LongConsumer listener) {
        trace = listener;
    }

    /** A scope whose arrays are given back together at its end. */
    public Scratch scratch() {
        return new Scratch();
    }

    /** Frees all idle arrays. */
    public synchronized void trim() {
        free(idleBytes);
    }

    /** Frees idle arrays until so many bytes are gone, or all. */
    private void free(long bytes) {
        long freed = 0;
        var kinds = idle.entrySet().iterator();
        while (freed < bytes && kinds.hasNext()) {
            var kind = kinds.next();
            while (freed < bytes && !kind.getValue().isEmpty()) {
                kind.getValue().pop().free(owned);
                freed += kind.getKey().bytes();
            }
            if (kind.getValue().isEmpty()) {
                kinds.remove();
            }
        }
        idleBytes -= freed;
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

    /** Arrays for one phase of work. */
    public final class Scratch implements AutoCloseable {
        private final List<INDArray> taken = new ArrayList<>();

        /** As {@link Arena#take}; given back when the scope closes. */
        public INDArray take(DataType type, long... shape) {
            INDArray array = Arena.this.take(type, shape);
            taken.add(array);
            return array;
        }

        /** Gives one array back before the scope closes. */
        public void give(INDArray array) {
            taken.removeIf(a -> a == array);
            Arena.this.give(array);
        }

        @Override
        public void close() {
            taken.forEach(Arena.this::give);
            taken.clear();
        }
    }
}
