package org.revlayers.internal.backend;

import org.bytedeco.javacpp.Pointer;
import org.nd4j.jita.memory.CudaMemoryManager;
import org.nd4j.linalg.api.memory.enums.MemoryKind;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.memory.DeviceMemory;

/**
 * Memory of a device for ND4J's workspaces. Where there is not enough, what waits in arenas is freed for them, and what nobody can read any more; the error
 * that is left says what to do.
 */
public class RevlayersCudaMemory extends CudaMemoryManager {

    @Override
    public Pointer allocate(long bytes, MemoryKind kind, boolean initialize) {
        RuntimeException refused;
        try {
            return super.allocate(bytes, kind, initialize);
        } catch (RuntimeException e) {
            if (kind != MemoryKind.DEVICE) {
                throw e;
            }
            refused = e;
        }
        long free;
        try {
            Arena.trimAll();
            DeviceMemory.collect(bytes, () -> {});
            free = DeviceMemory.freeBytes().orElse(0);
        } catch (RuntimeException e) { // a device that answers nothing any more: what it said first tells why
            refused.addSuppressed(e);
            throw refused;
        }
        try {
            return super.allocate(bytes, kind, initialize);
        } catch (RuntimeException e) {
            throw DeviceMemory.none(
                    bytes + " bytes of device memory, of which " + free + " are free, for a workspace of ND4J", e);
        }
    }
}
