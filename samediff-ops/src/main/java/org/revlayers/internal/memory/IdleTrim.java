package org.revlayers.internal.memory;

import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.bytedeco.javacpp.Pointer;

/** Looks after arenas of threads that wait: a pool's threads would hold their idle memory for ever. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class IdleTrim {

    /** After which an arena counts as idle. */
    static final int SECONDS = 10;

    /** Another number of seconds. */
    static final String PROPERTY = "revlayers.arena.idleSeconds";

    /** Of all arenas, those that the collector has not found. */
    private static final Set<Pool> WATCHED =
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

    /** Looks after a pool as long as somebody has it; starts the one daemon thread, once. */
    static void watch(Pool pool) {
        WATCHED.add(pool);
        Timer.touch();
    }

    /** Frees the idle memory of pools that nobody has used for so many nanoseconds, and tells the system's allocator to give its free pages back. */
    static void trim(long nanos) {
        boolean any = false;
        for (Pool pool : WATCHED.toArray(new Pool[0])) {
            any |= pool != null && pool.trimUnused(nanos);
        }
        if (any) {
            Pointer.trimMemory();
        }
    }
}
