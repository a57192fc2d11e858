package org.revlayers.examples.shared;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar on the error stream for whatever takes longer than a second; a line every ten seconds where there is no terminal. */
public final class Progress implements AutoCloseable {

    /** Tells a worker whether its parent shows what it says on a terminal. */
    static final String TERMINAL = "revlayers.terminal";

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
                .setUpdateIntervalMillis(onTerminal() ? TERMINAL_MILLIS : PIPE_MILLIS)
                .continuousUpdate()
                .build());
    }

    static boolean onTerminal() {
        return System.console() != null || Boolean.getBoolean(TERMINAL);
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
