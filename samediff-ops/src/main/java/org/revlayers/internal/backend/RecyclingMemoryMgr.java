package org.revlayers.internal.backend;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.memory.OffHeapArray;
import org.revlayers.internal.memory.Pool;
import org.revlayers.memory.MemoryReport.KeptTensor;

/**
 * The arrays of a SameDiff session, counted by whose they are, over memory that is reused: see {@link Pool}, here without slack.
 *
 * <p>Every reuse is a new {@code INDArray} around the old buffer. ND4J's own cache hands out the old object with
 * {@code assignNewId()}, which gives it the number of the next array that is made: two live arrays then share a number, and the session's
 * trackers, which go by number, confuse them.
 *
 * <p>Counts array data in bytes. Not counted: parameters, placeholders, updater state (not allocated here), scratch space inside native ops.
 *
 * <p>Not for several threads.
 */
public final class RecyclingMemoryMgr extends SessionArrays {

    /** Below this number of elements the bookkeeping costs more than the allocation. */
    private static final long SMALL = 64;

    private record Live(INDArray array, OffHeapArray memory, KeptTensor owner, boolean gradient) {
        long bytes() {
            return owner.bytes();
        }
    }

    private final Pool pool = new Pool(highest -> 0, SMALL);

    private final Map<Long, Live> live = new LinkedHashMap<>();
    private long gradientBytes;
    private long stepPeakActivations;
    private long phasePeakActivations;

    @Override
    public INDArray allocate(boolean detached, DataType type, long... shape) {
        long length = Sizes.elements(shape);
        OffHeapArray memory = pool.take(type, length);
        INDArray array = Buffers.shaped(memory.flat(), shape);
        live.put(array.getId(), new Live(array, memory, new KeptTensor("", "", length * type.width()), false));
        return array;
    }

    /** Notes whose output a live array is, for {@link #kept()}. */
    void own(INDArray array, String op, String variable, boolean parameterGradient) {
        Live old = live.get(array.getId());
        if (old == null) {
            return;
        }
        live.put(
                array.getId(),
                new Live(old.array, old.memory, new KeptTensor(op, variable, old.bytes()), parameterGradient));
        if (parameterGradient && !old.gradient) {
            gradientBytes += old.bytes();
        }
    }

    @Override
    void takeBack(INDArray array) {
        notePeak();
        Live owner = live.remove(array.getId());
        if (owner == null) {
            return;
        }
        gradientBytes -= owner.gradient ? owner.bytes() : 0;
        if (array.wasClosed()) {
            pool.free(owner.memory);
        } else {
            pool.give(owner.memory);
        }
    }

    /** Takes everything back that is still out: the step is over. */
    void endStep() {
        forgetViews();
        for (Live owner : new ArrayList<>(live.values())) {
            release(owner.array);
        }
    }

    /** Starts a new count of the step's peak. */
    void startStep() {
        pool.resetPeak();
        stepPeakActivations = liveBytes() - gradientBytes;
        phasePeakActivations = stepPeakActivations;
    }

    /** The highest number of live bytes, without the gradients of parameters, since the step began or this was called; a new count begins. */
    long endPhase() {
        notePeak();
        long peak = phasePeakActivations;
        phasePeakActivations = liveBytes() - gradientBytes;
        return peak;
    }

    /** Closes what waits; live arrays stay. */
    @Override
    public void close() {
        pool.trim();
    }

    /** Live arrays, oldest first, with the op and variable that each belongs to. */
    public List<KeptTensor> kept() {
        return live.values().stream().map(Live::owner).toList();
    }

    /** Bytes of the arrays that are in use now. */
    public long liveBytes() {
        return pool.liveBytes();
    }

    /** Live bytes and those that wait to be reused: what this manager holds of the process's memory. */
    public long heldBytes() {
        return pool.liveBytes() + pool.idleBytes();
    }

    /** The highest number of live bytes of the step. */
    public long stepPeakBytes() {
        return pool.peakLiveBytes();
    }

    /** The same without the gradients of parameters. */
    public long stepPeakActivationBytes() {
        return stepPeakActivations;
    }

    /** Live bytes fall only in a release, so the highest value is met just before one. */
    private void notePeak() {
        stepPeakActivations = Math.max(stepPeakActivations, liveBytes() - gradientBytes);
        phasePeakActivations = Math.max(phasePeakActivations, liveBytes() - gradientBytes);
    }
}
