package org.revlayers.internal.memory;

import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.bytedeco.javacpp.Pointer;

/** Looks after what threads that wait hold: a pool's threads would hold their idle memory for ever. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class IdleTrim {

    /** What holds something for its next use. */
    public interface Idle {

        /** Frees what waits if there is anything and nobody has used this for so many nanoseconds, or at once if negative; whether it has. */
        boolean trimUnused(long nanos);
    }

    /** After which an arena counts as idle. */
    static final int SECONDS = 10;

    /** Another number of seconds. */
    static final String PROPERTY = "revlayers.arena.idleSeconds";

    /** Of all there are, those that the collector has not found. */
    private static final Set<Idle> WATCHED =
            Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    private static final class Timer {

        private static final long IDLE = Math.max(1, Integer.getInteger(PROPERTY, SECONDS));

        static {
            var timer = Executors.newSingleThreadScheduledExecutor(work -> {
                Thread thread = new Thread(work, "revlayers idle arenas");
                thread.setDaemon(true);
                return thread;
            });
            timer.scheduleWithFixedDelay(
                    () -> trim(TimeUnit.SECONDS.toNanos(IDLE)), IDLE, Math.max(1, IDLE / 2), TimeUnit.SECONDS);
        }

        static void touch() {
            // the initialiser has done it
        }
    }

    /** Looks after something as long as somebody has it; starts the one daemon thread, once. */
    public static void watch(Idle idle) {
        WATCHED.add(idle);
        Timer.touch();
    }

    /** Frees what waits in all pools, and no more: others have locks that a thread may hold which asks. */
    static void trimPools() {
        for (Idle idle : WATCHED.toArray(new Idle[0])) {
            if (idle instanceof Pool pool) {
                pool.trim();
            }
        }
    }

    /** Frees what nobody has used for so many nanoseconds, and tells the system's allocator to give its free pages back. */
    static void trim(long nanos) {
        boolean any = false;
        for (Idle idle : WATCHED.toArray(new Idle[0])) {
            any |= idle != null && idle.trimUnused(nanos);
        }
        if (any) {
            Pointer.trimMemory();
        }
    }
}
