package org.revlayers.examples.shared;

import org.revlayers.internal.fetch.Artifact;
import org.revlayers.internal.fetch.FetchProgress;

/** Shows downloads as a {@link Progress} bar. */
public final class FetchBar implements FetchProgress {

    private Progress bar;
    private String shown = "";

    @Override
    public void step(Artifact artifact, Phase phase, long done, long total) {
        String what = artifact.id() + ", " + phase.name().toLowerCase(java.util.Locale.ROOT);
        if (!what.equals(shown)) {
            close();
            shown = what;
            bar = phase == Phase.DONE ? null : Progress.of(what, total > 0 ? total : -1);
        }
        if (bar != null) {
            bar.to(done);
        }
    }

    private void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
