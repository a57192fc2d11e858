package org.revlayers.internal.memory;

import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.Deallocator;
import org.nd4j.linalg.api.memory.abstracts.Nd4jWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.api.memory.enums.MemoryKind;
import org.nd4j.linalg.api.memory.enums.ResetPolicy;
import org.nd4j.linalg.api.memory.pointers.PagedPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A workspace of ND4J's whose arrays are the calling thread's {@link Arena}'s: they count as live from when they are made to when the workspace closes, and
 * nothing stays behind, where a workspace of ND4J's own keeps the size of the largest use it ever had. For the CPU alone, and for one thread.
 */
public final class ArenaWorkspace extends Nd4jWorkspace {

    private Arena.Scratch arrays;

    /** @param id its name in the calling thread */
    public ArenaWorkspace(String id) {
        super(
                WorkspaceConfiguration.builder()
                        .initialSize(0)
                        .policyLearning(LearningPolicy.NONE)
                        .policyReset(ResetPolicy.BLOCK_LEFT)
                        .build(),
                id);
    }

    @Override
    public PagedPointer alloc(long bytes, MemoryKind kind, DataType type, boolean initialize) {
        if (arrays == null) {
            arrays = Arena.current().scratch();
        }
        cycleAllocations.addAndGet(bytes);
        INDArray array = arrays.take(DataType.INT8, Math.max(1, bytes)); // an empty buffer has a place, too
        if (initialize) {
            Pointer.memset(array.data().pointer(), 0, bytes);
        }
        return new PagedPointer(array.data().pointer(), bytes / type.width());
    }

    @Override
    public void close() {
        super.close();
        if (!isScopeActive()) {
            clearExternalAllocations();
        }
    }

    @Override
    protected void clearExternalAllocations() {
        if (arrays != null) {
            arrays.close();
            arrays = null;
        }
    }

    @Override
    protected void clearPinnedAllocations(boolean extended) {
        // none: it is not circular
    }

    @Override
    protected void resetWorkspace() {
        // nothing of its own
    }

    @Override
    public long getPrimaryOffset() {
        return 0;
    }

    @Override
    public String getUniqueId() {
        return guid;
    }

    @Override
    public Deallocator deallocator() {
        return this::clearExternalAllocations;
    }

    @Override
    public int targetDevice() {
        return deviceId;
    }
}
