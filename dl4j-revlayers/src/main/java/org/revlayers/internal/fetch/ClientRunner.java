package org.revlayers.internal.fetch;

import java.io.IOException;
import java.nio.file.Path;

/** Runs a download client; tests put their own in its place. */
@FunctionalInterface
public interface ClientRunner {

    /**
     * Gets the artifact's archive into a folder.
     *
     * @param folder   empty; the client may leave other files there
     * @param progress told now and then
     * @throws IOException when the client is missing, fails or is stopped; the message says why, with its last words
     */
    void run(Artifact artifact, Path folder, FetchProgress progress) throws IOException;
}
