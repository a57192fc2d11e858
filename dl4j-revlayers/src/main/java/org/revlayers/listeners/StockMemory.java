package org.revlayers.listeners;

import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What DL4J's own layers and preprocessors hold inside themselves from forward to backward: inputs with dropout and its masks, copies, caches on
 * request; most layers nothing. DL4J puts it beside the outputs into the workspace of a step, which gives nothing back before the step ends:
 *
 * <pre>
 *   held = bytes allocated in the workspace since the step began − Σ bytes of the outputs that lie in it
 * </pre>
 */
final class StockMemory {

    private static final String WORKSPACE = "WS_ALL_LAYERS_ACT";

    /** Of an array in a workspace: its place is aligned. */
    private static final long ALIGNMENT = 64;

    private StockMemory() {}

    /**
     * Bytes held at the end of a training forward on the calling thread; 0 where training uses no workspaces.
     *
     * @param outputs of the network's layers and vertices
     */
    static long held(Collection<INDArray> outputs) {
        Set<DataBuffer> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        long ours = 0;
        long arrays = 1;
        for (INDArray output : outputs) {
            DataBuffer memory = memory(output);
            if (output.isAttached() && memory.getParentWorkspace().getId().equals(WORKSPACE) && seen.add(memory)) {
                ours += memory.length() * memory.getElementSize();
                arrays++;
            }
        }
        long all = Nd4j.getWorkspaceManager().getAllWorkspacesForCurrentThread().stream()
                .filter(w -> w.getId().equals(WORKSPACE) && w.isScopeActive())
                .mapToLong(MemoryWorkspace::getThisCycleAllocations)
                .sum();
        return all - ours > arrays * ALIGNMENT ? all - ours : 0;
    }

    /** The buffer that a view is one of. */
    private static DataBuffer memory(INDArray array) {
        DataBuffer memory = array.data();
        while (memory.originalDataBuffer() != null && memory.originalDataBuffer() != memory) {
            memory = memory.originalDataBuffer();
        }
        return memory;
    }
}
