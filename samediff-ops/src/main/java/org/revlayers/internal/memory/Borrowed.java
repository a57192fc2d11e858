package org.revlayers.internal.memory;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The memory behind arrays that were handed out, by the array itself, not by what it contains. It does not keep an array alive: one that nobody holds any
 * more can never be given back, and its memory is then left to those who may have a view of it. Not for several threads.
 */
@RequiredArgsConstructor
final class Borrowed {

    private final Map<Object, OffHeapArray> memories = new HashMap<>();
    private final ReferenceQueue<INDArray> lost = new ReferenceQueue<>();

    /** Is told of memory whose array is lost. */
    private final Consumer<OffHeapArray> forget;

    /** As a key: the same for the same array. */
    private static final class Handed extends WeakReference<INDArray> {
        private final int hash;

        Handed(INDArray array, ReferenceQueue<INDArray> queue) {
            super(array, queue);
            hash = System.identityHashCode(array);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(Object other) {
            return this == other || other instanceof Handed o && get() != null && o.refersTo(get());
        }
    }

    void put(INDArray array, OffHeapArray memory) {
        memories.put(new Handed(array, lost), memory);
    }

    /** Null if it was not handed out, or given back before. */
    OffHeapArray remove(INDArray array) {
        return memories.remove(new Handed(array, null));
    }

    /** Tells of what nobody can give back any more. */
    void forgetLost() {
        for (Reference<?> array = lost.poll(); array != null; array = lost.poll()) {
            OffHeapArray memory = memories.remove(array);
            if (memory != null) {
                forget.accept(memory);
            }
        }
    }
}
