package org.revlayers.memory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Off-heap arrays that are taken and given back explicitly, so that what lives is known to the byte and a peak does not wait for the
 * garbage collector. Given-back arrays are reused for the same type and length; when there is none, idle ones are closed first, so that
 * the footprint (live and idle) stays at the largest live size seen, give or take one array.
 *
 * <p>There is one arena per thread ({@link #current()}); its arrays may be given back from another thread. An arena whose thread has
 * ended goes with it. {@link #trim()} closes what is idle.
 *
 * <p>Arrays come uninitialised and outside any workspace.
 */
public final class Arena {

    private static final ThreadLocal<Arena> PER_THREAD = ThreadLocal.withInitial(Arena::new);

    private record Kind(DataType type, long length) {
        long bytes() {
            return length * type.width();
        }
    }

    /** What {@link #take} handed out, by the view that the caller holds. */
    private final Map<INDArray, INDArray> live = new IdentityHashMap<>();

    private final Map<Kind, Deque<INDArray>> idle = new LinkedHashMap<>();
    private long liveBytes;
    private long idleBytes;
    private long peakLive;
    private long peakFootprint;
    private LongConsumer trace;

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
        Deque<INDArray> fitting = idle.get(kind);
        INDArray flat = fitting == null ? null : fitting.poll();
        if (flat != null) {
            idleBytes -= kind.bytes();
        } else {
            closeIdle(kind.bytes());
            try (MemoryWorkspace out = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                flat = Nd4j.createUninitializedDetached(type, length);
            }
        }
        INDArray array = flat.reshape('c', shape);
        live.put(array, flat);
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
        INDArray flat = live.remove(array);
        if (flat == null) {
            throw new IllegalStateException(
                    "an array can be given back once, to the arena that it came from, as the object that take returned");
        }
        Kind kind = new Kind(flat.dataType(), flat.length());
        liveBytes -= kind.bytes();
        idleBytes += kind.bytes();
        idle.computeIfAbsent(kind, k -> new ArrayDeque<>()).push(flat);
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

    /** Closes all idle arrays. */
    public synchronized void trim() {
        closeIdle(Long.MAX_VALUE);
    }

    private void closeIdle(long bytes) {
        long closed = 0;
        var kinds = idle.entrySet().iterator();
        while (closed < bytes && kinds.hasNext()) {
            var kind = kinds.next();
            while (closed < bytes && !kind.getValue().isEmpty()) {
                kind.getValue().pop().close();
                closed += kind.getKey().bytes();
            }
            if (kind.getValue().isEmpty()) {
                kinds.remove();
            }
        }
        idleBytes -= closed;
    }

    /** Bytes taken and not given back. */
    public synchronized long liveBytes() {
        return liveBytes;
    }

    /** Bytes given back and not closed. */
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
