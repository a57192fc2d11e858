package org.revlayers.internal.machine;

import java.nio.file.Path;

/** The user's folder for what can be had again. */
public final class UserCache {

    private UserCache() {}

    /** Named by the system property {@code revlayers.cache}, else {@code $XDG_CACHE_HOME/revlayers}, else {@code ~/.cache/revlayers}; it may not be there. */
    public static Path folder() {
        String chosen = System.getProperty("revlayers.cache");
        if (chosen != null && !chosen.isBlank()) {
            return Path.of(chosen);
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path base = xdg != null && Path.of(xdg).isAbsolute()
                ? Path.of(xdg)
                : Path.of(System.getProperty("user.home"), ".cache");
        return base.resolve("revlayers");
    }
}
