package org.revlayers.internal.backend;

import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.memory.ArraySource;

/**
 * The arrays that an op needs while it runs, graphs that it runs inside itself included; {@link #close()} gives back what is still out. Within a
 * step of {@link StepSession} they are that step's, so that its peak has them and its buffers are used again; else they are freed on close.
 */
public final class StepMemory extends SessionArrays implements ArraySource {

    private static final ThreadLocal<RecyclingMemoryMgr> STEP = new ThreadLocal<>();

    private final RecyclingMemoryMgr arrays;
    private final boolean own;
    private final Map<Long, INDArray> live = new HashMap<>();

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

    @Override
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
    public void give(INDArray array) {
        release(array);
    }

    @Override
    void takeBack(INDArray array) {
        if (live.remove(array.getId()) != null) {
            arrays.release(array);
        }
    }

    @Override
    public void close() {
        forgetViews();
        live.values().forEach(arrays::release);
        live.clear();
        if (own) {
            arrays.close();
        }
    }
}
