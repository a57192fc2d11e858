package org.revlayers.backend;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A flat array and the memory behind it, which is freed the moment that it is told to be. ND4J's own arrays are freed when the garbage
 * collector has seen them, also after {@code close()} (M2.1).
 *
 * @param flat   over the memory
 * @param memory ours; null where the backend has its own kind of memory, and frees it when it likes
 */
public record OffHeapArray(INDArray flat, Pointer memory) {

    /** Everything that was allocated and not freed. Knows nothing of its arena, so that a cleaner may hold it. */
    public static final class Owned {
        private final Set<Pointer> pointers = ConcurrentHashMap.newKeySet();

        /** Frees everything that was not. */
        public void freeAll() {
            pointers.forEach(Pointer::free);
            pointers.clear();
        }
    }

    /** Uninitialised, outside any workspace. */
    public static OffHeapArray allocate(Owned owned, DataType type, long length) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            if (!Nd4j.getEnvironment().isCPU()) {
                return new OffHeapArray(Nd4j.createUninitialized(type, length), null);
            }
            long bytes = length * type.width();
            Pointer memory = Pointer.malloc(bytes);
            if (memory == null || memory.isNull()) {
                throw new OutOfMemoryError("no " + bytes + " bytes of native memory for an array of " + length + " "
                        + type + ": use a smaller batch, or a method that keeps less");
            }
            memory.capacity(bytes);
            owned.pointers.add(memory);
            return new OffHeapArray(Nd4j.create(Nd4j.createBuffer(memory, length, type), length), memory);
        }
    }

    /** Frees the memory; the array must not be used any more. */
    public void free(Owned owned) {
        if (memory == null) {
            flat.close();
        } else if (owned.pointers.remove(memory)) {
            Pointer.free(memory);
        }
    }
}
