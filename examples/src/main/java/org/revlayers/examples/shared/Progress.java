package org.revlayers.examples.shared;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar on the error stream for whatever takes longer than a second; a line every ten seconds where there is no terminal. */
public final class Progress implements AutoCloseable {

    private static final int TERMINAL_MILLIS = 500;
    private static final int PIPE_MILLIS = 10_000;

    private final ProgressBar bar;

    private Progress(ProgressBar bar) {
        this.bar = bar;
    }

    /**
     * Starts a bar.
     *
     * @param what  is being done
     * @param total steps; −1 if unknown
     */
    public static Progress of(String what, long total) {
        return new Progress(new ProgressBarBuilder()
                .setTaskName(what)
                .setInitialMax(total)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(System.console() == null ? PIPE_MILLIS : TERMINAL_MILLIS)
                .continuousUpdate()
                .build());
    }

    /** Sets how far it is. */
    public void to(long done) {
        bar.stepTo(done);
    }

    /** Adds a few words behind the bar. */
    public void note(String words) {
        bar.setExtraMessage(words);
    }

    @Override
    public void close() {
        bar.close();
    }
}
