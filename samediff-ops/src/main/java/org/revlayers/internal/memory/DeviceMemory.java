package org.revlayers.internal.memory;

import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Devices;

/**
 * Memory of the device that arrays live on, as the driver counts it (cudaMemGetInfo), less what was in use there before this process began: with the context,
 * ND4J's code (about 2 GiB on an H100) and what waits for reuse in it. What others have taken or given back since is counted, too. Empty where arrays live in
 * host memory.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class DeviceMemory {

    private static final int SAMPLE_MILLIS = 1;
    private static final int COLLECT_MILLIS = 10;
    private static final int COLLECT_MOST_MILLIS = 320;
    private static final int ROUNDS = 3;

    /** Bytes that this process has in use on the calling thread's device, once all that was queued on this thread has run. */
    public static OptionalLong usedBytes() {
        Device device = Devices.current();
        if (device == null) {
            return OptionalLong.empty();
        }
        Nd4j.getExecutioner().commit();
        return OptionalLong.of(used(device));
    }

    /** Bytes that are free on the calling thread's device. */
    public static OptionalLong freeBytes() {
        Device device = Devices.current();
        return device == null ? OptionalLong.empty() : OptionalLong.of(device.memory()[0]);
    }

    /**
     * Has the garbage collector look for arrays that nobody can read any more, until so many bytes are free or it has found no more for some rounds: a heap
     * with room to spare does not know that the device is full. Nothing where arrays live in host memory.
     *
     * @param between is run after each round: lets go of what holds memory for arrays that the round has found
     */
    public static void collect(long bytes, Runnable between) {
        if (Devices.current() == null) {
            return;
        }
        try {
            long most = 0;
            for (int wait = COLLECT_MILLIS, found = 0; found < ROUNDS && wait <= COLLECT_MOST_MILLIS; wait *= 2) {
                System.gc();
                Thread.sleep(wait); // other threads free what the collector has found
                between.run();
                long free = freeBytes().orElse(0);
                if (free >= bytes) {
                    return;
                }
                found = free > most ? 1 : found + 1;
                most = Math.max(most, free);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What is thrown where there is no memory for {@code what}: with what to do. */
    public static OutOfMemoryError none(String what, Throwable cause) {
        OutOfMemoryError error = new OutOfMemoryError("no " + what
                + ": use a smaller batch, or a method that keeps less (MemoryPlanner finds one for a budget)");
        error.initCause(cause);
        return error;
    }

    /** The most bytes in use until it is closed, from samples a millisecond apart: a shorter peak may be missed. */
    public static final class Watch implements AutoCloseable {

        private final Device device = Devices.current();
        private final AtomicLong most = new AtomicLong();
        private final Thread sampler = Devices.thread(this::sample, "revlayers device memory");

        private Watch() {
            if (device != null) {
                look();
                sampler.start();
            }
        }

        private void look() {
            most.accumulateAndGet(used(device), Math::max);
        }

        private void sample() {
            try {
                while (true) {
                    look();
                    Thread.sleep(SAMPLE_MILLIS);
                }
            } catch (InterruptedException e) {
                look();
            }
        }

        /** So far; empty where arrays live in host memory. */
        public OptionalLong peakBytes() {
            return device == null ? OptionalLong.empty() : OptionalLong.of(most.get());
        }

        @Override
        public void close() {
            sampler.interrupt();
        }
    }

    /** Begins to watch the calling thread's device. */
    public static Watch watch() {
        return new Watch();
    }

    private static long used(Device device) {
        long[] memory = device.memory();
        boolean known = memory[2] >= 0 && memory[2] <= memory[1]; // a part of a card is told of as the whole
        return Math.max(0, (known ? memory[2] : memory[1]) - memory[0]);
    }
}
