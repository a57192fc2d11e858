package org.revlayers.memory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.LongConsumer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.backend.OffHeapArray;
import org.revlayers.kernel.Sizes;

/**
 * Off-heap arrays that are taken and given back explicitly, so that what lives is known to the byte and a peak does not wait for the
 * garbage collector. Given-back arrays are reused for the same type and length; when a new one would take the footprint (live and idle)
 * above the largest live size seen and a little slack, idle ones are freed first.
 *
 * <p>On the CPU the memory is the arena's own: closing an ND4J array does not free it before the garbage collector has seen it (M2.1).
 *
 * <p>There is one arena per thread ({@link #current()}); its arrays may be given back from another thread. An array's memory lives as long as somebody can
 * reach the array or a view of it, also when the thread of its arena has ended. What is idle is freed at once by {@link #trim()} and {@link #trimAll()},
 * and by itself when an arena has not been used for {@value IdleTrim#SECONDS} seconds ({@code -D}{@value IdleTrim#PROPERTY}).
 *
 * <p>Arrays come uninitialised and outside any workspace. An array must not be used after it was given back.
 */
public final class Arena {

    private static final ThreadLocal<Arena> PER_THREAD = ThreadLocal.withInitial(Arena::new);

    /** Of all threads, those that the collector has not found. */
    private static final Set<Arena> ALL = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

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

    /** When an array was last taken or given back. */
    private volatile long lastUse = System.nanoTime();

    private Arena() {
        ALL.add(this);
        IdleTrim.start();
    }

    /** The calling thread's arena. */
    public static Arena current() {
        return PER_THREAD.get();
    }

    /** An uninitialised C-ordered array of this type and shape. */
    public synchronized INDArray take(DataType type, long... shape) {
        long length = Sizes.elements(shape);
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
            memory = OffHeapArray.allocate(type, length);
        }
        INDArray array = memory.flat().reshape('c', shape);
        live.put(array, memory);
        liveBytes += kind.bytes();
        lastUse = System.nanoTime();
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
        lastUse = System.nanoTime();
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

    /** Frees the idle arrays of all threads' arenas and tells the system's allocator to give its free pages back. */
    public static void trimAll() {
        trimIdle(Long.MIN_VALUE);
    }

    /** The same of arenas that nobody has used for so many nanoseconds. */
    static void trimIdle(long nanos) {
        boolean any = false;
        for (Arena arena : ALL.toArray(new Arena[0])) {
            if (arena != null && arena.idleBytes > 0 && (nanos < 0 || System.nanoTime() - arena.lastUse >= nanos)) {
                arena.trim();
                any = true;
            }
        }
        if (any) {
            Pointer.trimMemory();
        }
    }

    /** Frees idle arrays until so many bytes are gone, or all. */
    private void free(long bytes) {
        long freed = 0;
        var kinds = idle.entrySet().iterator();
        while (freed < bytes && kinds.hasNext()) {
            var kind = kinds.next();
            while (freed < bytes && !kind.getValue().isEmpty()) {
                kind.getValue().pop().free();
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
