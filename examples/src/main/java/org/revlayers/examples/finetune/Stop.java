package org.revlayers.examples.finetune;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Tells that the process was asked to end (Ctrl-C), and holds it until what is in progress has ended or two minutes are over. */
final class Stop implements AutoCloseable {

    private static final long SECONDS = 120;

    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean asked;
    private Thread hook;

    /**
     * Listens from now on, until closed.
     *
     * @param whenAsked what to do then, at once
     */
    static Stop open(Runnable whenAsked) {
        Stop stop = new Stop();
        stop.hook = new Thread(() -> {
            stop.asked = true;
            whenAsked.run();
            try {
                stop.ended.await(SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Runtime.getRuntime().addShutdownHook(stop.hook);
        return stop;
    }

    boolean isAsked() {
        return asked;
    }

    @Override
    public void close() {
        ended.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process is ending, and the hook has run or runs now
            asked = true;
        }
    }
}
