package org.revlayers.internal.kernel.device;

import java.util.HashMap;
import java.util.Map;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Arrays for what one kernel hands to the next of the same call. Each thread keeps its own, and they grow: kernels of a thread run in order. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class DeviceScratch {

    private record Place(DataType type, int slot, int device) {}

    private static final ThreadLocal<Map<Place, INDArray>> ARRAYS = ThreadLocal.withInitial(HashMap::new);

    /**
     * An array of at least so many elements, with anything in them.
     *
     * @param slot tells arrays of a type apart that are in use at one time
     */
    public static INDArray of(DataType type, long length, int slot) {
        Place place = new Place(type, slot, Nd4j.getAffinityManager().getDeviceForCurrentThread());
        INDArray kept = ARRAYS.get().get(place);
        if (kept == null || kept.length() < length) {
            try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                kept = Nd4j.createUninitialized(type, length);
            }
            ARRAYS.get().put(place, kept);
        }
        return kept;
    }
}
