package org.revlayers.memory;

import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.memory.IdleWorkspaces;

/**
 * Memory that nothing uses at the moment and that is held for the next step: arrays of this library's arenas, one arena a thread, and DL4J's workspaces. Arenas
 * give theirs back by themselves after ten seconds without use ({@code -Drevlayers.arena.idleSeconds}).
 *
 * @since 0.1.0
 */
public final class IdleMemory {

    private IdleMemory() {}

    /**
     * Frees the idle arrays of all threads' arenas and the calling thread's idle workspaces. In the middle of a step workspaces stay; no array that anybody can
     * reach is freed.
     */
    public static void free() {
        IdleWorkspaces.free();
        Arena.trimAll();
    }
}
