package org.revlayers.internal.fetch;

/** Told how a fetch gets on, several times a second, from the fetching thread. */
@FunctionalInterface
public interface FetchProgress {

    /** What is being done. */
    enum Phase {
        /** The client runs. */
        DOWNLOAD,
        /** The SHA-256 is computed. */
        VERIFY,
        /** Files are unpacked. */
        UNPACK,
        /** All is in the cache. */
        DONE
    }

    /** Says nothing. */
    FetchProgress SILENT = (artifact, phase, done, total) -> {};

    /**
     * @param done  bytes so far (a client may write its file only at the end)
     * @param total bytes in all, or 0 if unknown
     */
    void step(Artifact artifact, Phase phase, long done, long total);
}
