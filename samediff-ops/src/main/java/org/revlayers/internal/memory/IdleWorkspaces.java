package org.revlayers.internal.memory;

import java.util.List;
import java.util.Set;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Memory that DL4J holds between training steps. It has one set of workspaces per thread for all networks that run there; each grows to what the
 * most demanding network needed and stays that large, so that a network which needs less takes no less, and its peak is that of the one before.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class IdleWorkspaces {

    /** Of DL4J's networks, but for the numbered ones. Caches, and what users named, are not among them. */
    private static final Set<String> NAMES =
            Set.of("WS_LAYER_WORKING_MEM", "WS_ALL_LAYERS_ACT", "WS_RNN_LOOP_WORKING_MEM", "WS_OUTPUT_MEM");

    private static final String NUMBERED = "WS_LAYER_ACT_";

    /** Begins the names of what this library runs DL4J's layers in. */
    public static final String FOREIGN = "REVLAYERS_FOREIGN";

    /**
     * Frees the calling thread's workspaces that DL4J's networks and this library opened, for the next step to make them anew in the size that
     * it needs; all other workspaces stay. Does nothing where one of them is open, as within a training step. No array that anybody may still
     * read is in them: what a network hands out it has detached.
     *
     * @return the bytes that were freed
     */
    public static long free() {
        List<MemoryWorkspace> own = Nd4j.getWorkspaceManager().getAllWorkspacesForCurrentThread().stream()
                .filter(w -> isOwn(w.getId()))
                .toList();
        if (own.stream().anyMatch(MemoryWorkspace::isScopeActive)) {
            return 0;
        }
        long freed = own.stream().mapToLong(MemoryWorkspace::getCurrentSize).sum();
        own.forEach(Nd4j.getWorkspaceManager()::destroyWorkspace);
        return freed;
    }

    private static boolean isOwn(String name) {
        return NAMES.contains(name) || name.startsWith(NUMBERED) || name.startsWith(FOREIGN);
    }
}
