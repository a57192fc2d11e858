package org.revlayers.internal.kernel.device;

import java.util.HashMap;
import java.util.Map;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Arrays in which the kernels of one call hand numbers to each other: a thread has one for each type and slot, and its next call uses it again. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class DeviceScratch {

    private record Key(DataType type, int slot) {}

    private static final ThreadLocal<Map<Key, INDArray>> ARRAYS = ThreadLocal.withInitial(HashMap::new);

    /**
     * An array that holds anything.
     *
     * @param length of what is needed; the array may be longer
     * @param slot   tells arrays of one call apart
     */
    public static INDArray of(DataType type, long length, int slot) {
        return ARRAYS.get()
                .compute(
                        new Key(type, slot),
                        (key, array) -> array != null && array.length() >= length ? array : create(type, length));
    }

    private static INDArray create(DataType type, long length) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return Nd4j.createUninitialized(type, length);
        }
    }
}
