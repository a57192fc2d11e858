package org.revlayers.internal.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.HostNumbers;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.kernel.device.Devices;

/**
 * Off-heap arrays that are taken and given back explicitly, so that what lives is known to the byte and a peak does not wait for the
 * garbage collector. What is given back is reused, and freed when it is too much: see {@link Pool}.
 *
 * <p>On the CPU the memory is the arena's own: closing an ND4J array does not free it before the garbage collector has seen it (M2.1).
 *
 * <p>There is one arena per thread ({@link #current()}); its arrays may be given back from another thread. An array's memory lives as long as somebody can
 * reach the array or a view of it, also when the thread of its arena has ended. What is idle is freed at once by {@link #trim()} and {@link #trimAll()},
 * and by itself when an arena has not been used for {@value IdleTrim#SECONDS} seconds ({@code -D}{@value IdleTrim#PROPERTY}).
 * What is never given back, because a step threw and its network is gone, lives no longer than somebody can reach it.
 *
 * <p>Arrays come uninitialised and outside any workspace. An array must not be used after it was given back.
 */
public final class Arena implements ArraySource {

    private static final ThreadLocal<Arena> PER_THREAD = ThreadLocal.withInitial(Arena::new);

    /** Slack of the footprint over the largest live size: a sixteenth and 16 MiB; on a device a quarter and 128 MiB. */
    private static final long SLACK_BYTES = 16L << 20;

    private static final long DEVICE_SLACK_BYTES = 128L << 20;

    private final Pool pool = new Pool(Arena::slack, 1);
    private final long owner = Thread.currentThread().getId();

    /** What {@link #take} handed out, by the view that the caller holds. */
    private final Borrowed live = new Borrowed(pool::forget);

    private LongConsumer trace;

    /** A device waits for all its work before it frees memory: there more may wait. */
    private static long slack(long highest) {
        return Devices.current() == null ? highest / 16 + SLACK_BYTES : highest / 4 + DEVICE_SLACK_BYTES;
    }

    private Arena() {
        IdleTrim.watch(pool);
    }

    /** The calling thread's arena. */
    public static Arena current() {
        return PER_THREAD.get();
    }

    @Override
    public synchronized INDArray take(DataType type, long... shape) {
        long length = Sizes.elements(shape);
        if (length <= 0) {
            throw new IllegalArgumentException(
                    "an array needs at least one element; got shape " + Arrays.toString(shape));
        }
        live.forgetLost();
        OffHeapArray memory = memory(type, length);
        INDArray array = Buffers.shaped(memory.flat(), shape);
        array.setCloseable(false);
        live.put(array, memory);
        traced();
        return array;
    }

    /** Where there is not enough, what waits in other threads' arenas is freed for it, and on a device what nobody can read any more. */
    private OffHeapArray memory(DataType type, long length) {
        try {
            return pool.take(type, length);
        } catch (OutOfMemoryError e) {
            IdleTrim.trimPools(); // outside of the pool's lock: two that freed each other's would wait for each other
            DeviceMemory.collect(length * type.width(), live::forgetLost);
            return pool.take(type, length);
        }
    }

    /** Gives back an array that {@link #take} returned. Null is ignored. */
    @Override
    public synchronized void give(INDArray array) {
        if (array == null) {
            return;
        }
        OffHeapArray memory = live.remove(array);
        if (memory == null) {
            throw new IllegalStateException(
                    "an array can be given back once, to the arena that it came from, as the object that take returned");
        }
        if (Devices.current() != null && Thread.currentThread().getId() != owner) {
            Nd4j.getExecutioner()
                    .commit(); // what this thread has queued may use it, and what the owner queues does not wait for
            // that
        }
        pool.give(memory);
        traced();
    }

    private void traced() {
        if (trace != null) {
            trace.accept(pool.liveBytes());
        }
    }

    /** Tells {@code listener} the live bytes after every take and give, for a picture of memory over time; null stops it. */
    public synchronized void trace(LongConsumer listener) {
        trace = listener;
    }

    /**
     * A scope in which the calling thread has an arena of its own: what it counts is what the scope takes, whatever a network that failed in this thread
     * still holds. Arrays taken before are given back to their arena as ever.
     */
    public static Apart apart() {
        return new Apart();
    }

    /** A scope whose arrays are given back together at its end. */
    public Scratch scratch() {
        return new Scratch();
    }

    /** Frees all idle arrays. */
    public void trim() {
        pool.trim();
    }

    /** Frees the idle arrays of all threads' arenas and tells the system's allocator to give its free pages back. */
    public static void trimAll() {
        IdleTrim.trim(Long.MIN_VALUE);
    }

    /** Bytes taken and not given back. */
    public synchronized long liveBytes() {
        live.forgetLost();
        return pool.liveBytes();
    }

    /** Bytes given back and not freed. */
    public long idleBytes() {
        return pool.idleBytes();
    }

    /** The largest {@link #liveBytes()} since {@link #resetPeak()}. */
    public long peakLiveBytes() {
        return pool.peakLiveBytes();
    }

    /** The largest sum of live and idle bytes since {@link #resetPeak()}: what the process had to have. */
    public long peakFootprintBytes() {
        return pool.peakFootprintBytes();
    }

    /** Starts a new phase: peaks fall back to what is there now. */
    public synchronized void resetPeak() {
        live.forgetLost();
        pool.resetPeak();
    }

    /** While it is open its thread has another arena; it is closed by that thread. */
    public static final class Apart implements AutoCloseable {
        private final Arena before = PER_THREAD.get();

        private Apart() {
            PER_THREAD.set(new Arena());
        }

        @Override
        public void close() {
            PER_THREAD.get().trim();
            PER_THREAD.set(before);
        }
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

        /** One with these numbers. */
        public INDArray of(DataType type, double... numbers) {
            INDArray array = take(type, numbers.length);
            HostNumbers.write(numbers, array);
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
