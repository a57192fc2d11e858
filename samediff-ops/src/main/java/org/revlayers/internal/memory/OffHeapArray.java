package org.revlayers.internal.memory;

import java.lang.ref.Cleaner;
import lombok.AccessLevel;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.experimental.Accessors;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A flat array and the memory behind it, which is freed the moment that it is told to be, or else when nobody can reach its buffer any more: every view and
 * reshape of it holds that. ND4J's own arrays are freed when the garbage collector has seen them, also after {@code close()} (M2.1). Two of them are never
 * equal, where ND4J's arrays compare contents.
 */
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
public final class OffHeapArray {

    private static final Cleaner CLEANER = Cleaner.create();

    /** Over the memory. */
    @Getter
    @Accessors(fluent = true)
    private final INDArray flat;

    /** Ours; null where the backend has its own kind of memory, and frees it when it likes. */
    private final Cleaner.Cleanable memory;

    /** Uninitialised, outside any workspace. */
    static OffHeapArray allocate(DataType type, long length) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            long bytes = Math.multiplyExact(length, type.width());
            if (!Nd4j.getEnvironment().isCPU()) {
                return onDevice(type, length, bytes);
            }
            Pointer memory = Pointer.malloc(bytes);
            if (memory == null || memory.isNull()) {
                throw none("native memory", type, length, bytes, null);
            }
            memory.capacity(bytes);
            DataBuffer buffer = Nd4j.createBuffer(memory, length, type);
            return new OffHeapArray(Nd4j.create(buffer, length), CLEANER.register(buffer, () -> Pointer.free(memory)));
        }
    }

    private static OffHeapArray onDevice(DataType type, long length, long bytes) {
        long free = DeviceMemory.freeBytes().orElse(Long.MAX_VALUE);
        if (bytes > free) { // ND4J's own error says less, and comes when some ops have run
            throw none("device memory, of which " + free + " are free,", type, length, bytes, null);
        }
        try {
            return new OffHeapArray(Nd4j.createUninitialized(type, length), null);
        } catch (RuntimeException e) {
            throw none("device memory", type, length, bytes, e);
        }
    }

    private static OutOfMemoryError none(String where, DataType type, long length, long bytes, Throwable cause) {
        return DeviceMemory.none(bytes + " bytes of " + where + " for an array of " + length + " " + type, cause);
    }

    /** Frees the memory; the array must not be used any more. */
    void free() {
        if (memory == null) {
            flat.close();
        } else {
            memory.clean();
        }
    }
}
