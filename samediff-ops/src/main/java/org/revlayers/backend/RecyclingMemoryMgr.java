package org.revlayers.backend;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.internal.memory.AbstractMemoryMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.kernel.Sizes;

/**
 * The arrays of a SameDiff session, counted and reused. What the session releases is given out again for the same type and number of
 * elements; what is released and waiting never pushes the total above the highest number of live bytes seen, because older waiting
 * buffers are closed first. So the process holds the peak of one step, no more, however many steps run, and nothing waits for the garbage
 * collector.
 *
 * <p>Every reuse is a new {@code INDArray} around the old buffer. ND4J's own cache hands out the old object with
 * {@code assignNewId()}, which gives it the number of the next array that is made: two live arrays then share a number, and the session's
 * trackers, which go by number, confuse them.
 *
 * <p>Counts array data in bytes. Not counted: parameters, placeholders, updater state (not allocated here), scratch space inside native ops.
 *
 * <p>Not for several threads.
 */
public final class RecyclingMemoryMgr extends AbstractMemoryMgr {

    /** Below this number of elements the bookkeeping costs more than the allocation. */
    private static final long SMALL = 64;

    private record Kind(DataType type, long length) {}

    /** Memory that waits; compared by identity, where arrays and buffers compare contents. */
    private static final class Block {
        private final OffHeapArray memory;

        Block(OffHeapArray memory) {
            this.memory = memory;
        }
    }

    private record Live(INDArray array, Block block, long bytes, KeptTensor owner, boolean gradient) {}

    private final Map<Long, Live> live = new LinkedHashMap<>();
    private final Map<Kind, Deque<Block>> waiting = new HashMap<>();
    private final Set<Block> oldestFirst = new LinkedHashSet<>();
    private final Set<Long> viewed = new HashSet<>();
    private long liveBytes;
    private long gradientBytes;
    private long waitingBytes;
    private long highestLive;
    private long stepPeak;
    private long stepPeakActivations;

    @Override
    public INDArray allocate(boolean detached, DataType type, long... shape) {
        long bytes = bytes(type, shape);
        Block block = reuse(type, shape);
        if (block == null) {
            makeRoom(bytes);
            block = new Block(OffHeapArray.allocate(type, Sizes.elements(shape)));
        }
        INDArray array = Nd4j.create(block.memory.flat().data(), shape, Nd4j.getStrides(shape, 'c'), 0, 'c', type);
        live.put(array.getId(), new Live(array, block, bytes, new KeptTensor("", "", bytes), false));
        liveBytes += bytes;
        highestLive = Math.max(highestLive, liveBytes);
        stepPeak = Math.max(stepPeak, liveBytes);
        return array;
    }

    @Override
    public INDArray allocate(boolean detached, LongShapeDescriptor descriptor) {
        return descriptor.isEmpty()
                ? Nd4j.create(descriptor)
                : allocate(detached, descriptor.dataType(), descriptor.getShape());
    }

    /** Notes whose output a live array is, for {@link #kept()}. */
    void own(INDArray array, String op, String variable, boolean parameterGradient) {
        Live old = live.get(array.getId());
        if (old == null) {
            return;
        }
        live.put(
                array.getId(),
                new Live(old.array, old.block, old.bytes, new KeptTensor(op, variable, old.bytes), parameterGradient));
        if (parameterGradient && !old.gradient) {
            gradientBytes += old.bytes;
        }
    }

    /** Takes an array back. Arrays that were not allocated here are left to their owner. */
    @Override
    public void release(INDArray array) {
        if (viewed.contains(array.getId())) {
            return;
        }
        notePeak();
        Live owner = live.remove(array.getId());
        if (owner == null) {
            return;
        }
        liveBytes -= owner.bytes;
        gradientBytes -= owner.gradient ? owner.bytes : 0;
        Block block = owner.block;
        if (array.wasClosed() || array.length() < SMALL) {
            block.memory.free();
            return;
        }
        waiting.computeIfAbsent(kind(block), k -> new ArrayDeque<>()).add(block);
        oldestFirst.add(block);
        waitingBytes += owner.bytes;
    }

    /** Keeps an array until the end of the step: an op made a view of it, and ND4J does not track who reads the view. */
    void holdForView(INDArray array) {
        viewed.add(array.getId());
    }

    /** Takes everything back that is still out: the step is over. */
    void endStep() {
        viewed.clear();
        for (Live owner : new ArrayList<>(live.values())) {
            release(owner.array);
        }
    }

    /** Starts a new count of the step's peak. */
    void startStep() {
        stepPeak = liveBytes;
        stepPeakActivations = liveBytes - gradientBytes;
    }

    /** Closes what waits; live arrays stay. */
    @Override
    public void close() {
        while (!oldestFirst.isEmpty()) {
            evictOldest();
        }
    }

    /** Live arrays, oldest first, with the op and variable that each belongs to. */
    public List<KeptTensor> kept() {
        return live.values().stream().map(Live::owner).toList();
    }

    /** Bytes of the arrays that are in use now. */
    public long liveBytes() {
        return liveBytes;
    }

    /** Live bytes and those that wait to be reused: what this manager holds of the process's memory. */
    public long heldBytes() {
        return liveBytes + waitingBytes;
    }

    /** The highest number of live bytes of the step. */
    public long stepPeakBytes() {
        return stepPeak;
    }

    /** The same without the gradients of parameters. */
    public long stepPeakActivationBytes() {
        return stepPeakActivations;
    }

    /** Live bytes fall only in a release, so the highest value is met just before one. */
    private void notePeak() {
        stepPeakActivations = Math.max(stepPeakActivations, liveBytes - gradientBytes);
    }

    private Block reuse(DataType type, long[] shape) {
        Deque<Block> fitting = waiting.get(new Kind(type, Sizes.elements(shape)));
        if (fitting == null || fitting.isEmpty()) {
            return null;
        }
        Block block = fitting.removeLast();
        oldestFirst.remove(block);
        waitingBytes -= bytes(block);
        return block;
    }

    private void makeRoom(long bytes) {
        long allowed = Math.max(highestLive, liveBytes + bytes);
        while (!oldestFirst.isEmpty() && liveBytes + bytes + waitingBytes > allowed) {
            evictOldest();
        }
    }

    private void evictOldest() {
        Block oldest = oldestFirst.iterator().next();
        oldestFirst.remove(oldest);
        waiting.get(kind(oldest)).remove(oldest);
        waitingBytes -= bytes(oldest);
        oldest.memory.free();
    }

    private static Kind kind(Block block) {
        return new Kind(block.memory.flat().dataType(), block.memory.flat().length());
    }

    private static long bytes(Block block) {
        return block.memory.flat().length() * block.memory.flat().dataType().width();
    }

    private static long bytes(DataType type, long[] shape) {
        return Sizes.elements(shape) * type.width();
    }
}
