package org.revlayers.memory;

import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;

/** Looks after arenas of threads that wait: a pool's threads would hold their idle memory for ever. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class IdleTrim {

    /** After which an arena counts as idle. */
    static final int SECONDS = 10;

    /** Another number of seconds. */
    static final String PROPERTY = "revlayers.arena.idleSeconds";

    private static final class Timer {

        private static final long IDLE = Math.max(1, Integer.getInteger(PROPERTY, SECONDS));

        static {
            var timer = Executors.newSingleThreadScheduledExecutor(work -> {
                Thread thread = new Thread(work, "revlayers idle arenas");
                thread.setDaemon(true);
                return thread;
            });
            timer.scheduleWithFixedDelay(
                    () -> Arena.trimIdle(TimeUnit.SECONDS.toNanos(IDLE)),
                    IDLE,
                    Math.max(1, IDLE / 2),
                    TimeUnit.SECONDS);
        }

        static void touch() {
            // the initialiser has done it
        }
    }

    /** Starts the one daemon thread, once. */
    static void start() {
        Timer.touch();
    }
}
