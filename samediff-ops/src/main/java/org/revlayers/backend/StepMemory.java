package org.revlayers.backend;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.internal.memory.AbstractMemoryMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The arrays that an op needs while it runs, graphs that it runs inside itself included; {@link #close()} gives back what is still out. Within a
 * step of {@link StepSession} they are that step's, so that its peak has them and its buffers are used again; else they are freed on close.
 */
public final class StepMemory extends AbstractMemoryMgr {

    private static final ThreadLocal<RecyclingMemoryMgr> STEP = new ThreadLocal<>();

    private final RecyclingMemoryMgr arrays;
    private final boolean own;
    private final Map<Long, INDArray> live = new HashMap<>();
    private final Set<Long> viewed = new HashSet<>();

    private StepMemory(RecyclingMemoryMgr arrays, boolean own) {
        this.arrays = arrays;
        this.own = own;
    }

    /** For an op that runs on the calling thread. */
    public static StepMemory open() {
        RecyclingMemoryMgr step = STEP.get();
        return step == null ? new StepMemory(new RecyclingMemoryMgr(), true) : new StepMemory(step, false);
    }

    /** Arrays of this manager, whatever step the calling thread is in. */
    public static StepMemory over(RecyclingMemoryMgr arrays) {
        return new StepMemory(arrays, false);
    }

    /** Says whose the calling thread's arrays are from now on, null for nobody's; returns whose they were. */
    static RecyclingMemoryMgr step(RecyclingMemoryMgr arrays) {
        RecyclingMemoryMgr before = STEP.get();
        if (arrays == null) {
            STEP.remove();
        } else {
            STEP.set(arrays);
        }
        return before;
    }

    /** A scope within this one. */
    public StepMemory inner() {
        return new StepMemory(arrays, false);
    }

    /** An uninitialised array in C order. */
    public INDArray take(DataType type, long... shape) {
        return allocate(true, type, shape);
    }

    @Override
    public INDArray allocate(boolean detached, DataType type, long... shape) {
        INDArray array = arrays.allocate(detached, type, shape);
        live.put(array.getId(), array);
        return array;
    }

    @Override
    public INDArray allocate(boolean detached, LongShapeDescriptor descriptor) {
        return descriptor.isEmpty()
                ? Nd4j.create(descriptor)
                : allocate(detached, descriptor.dataType(), descriptor.getShape());
    }

    /** Takes an array back, unless it is not from here or is held. */
    @Override
    public void release(INDArray array) {
        if (!viewed.contains(array.getId()) && live.remove(array.getId()) != null) {
            arrays.release(array);
        }
    }

    /** Keeps an array until this is closed: there is a view of it. */
    void holdForView(INDArray array) {
        viewed.add(array.getId());
    }

    @Override
    public void close() {
        viewed.clear();
        live.values().forEach(arrays::release);
        live.clear();
        if (own) {
            arrays.close();
        }
    }
}
