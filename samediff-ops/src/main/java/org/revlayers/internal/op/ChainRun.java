package org.revlayers.internal.op;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.backend.StepMemory;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.reversible.StreamGradients;
import org.revlayers.internal.reversible.Streams;

/**
 * Forward of a {@link RevChain} and backward of one of its sub-functions, on arrays.
 *
 * @param plan     of the step
 * @param programs graphs of the sub-functions
 * @param phase    of the graph that the chain is in
 */
record ChainRun(ChainPlan plan, List<SubGraph> programs, SubGraph.Phase phase) {

    private ChainSettings settings() {
        return plan.settings();
    }

    /** The arrays that a sub-function reads beside x. */
    private List<INDArray> read(int block, INDArray[] in) {
        return settings().blocks().get(block).inputs().stream().map(i -> in[i]).toList();
    }

    private SubGraph program(int block) {
        return programs.get(settings().blocks().get(block).program());
    }

    private INDArray sideOf(int block, INDArray side, long elements) {
        long bytes = plan.sideBytes(elements);
        return bytes == 0 || side.length() < bytes * plan.size()
                ? null
                : side.get(NDArrayIndex.interval(block * bytes, (block + 1) * bytes));
    }

    /**
     * Computes value, states, side values and checksums.
     *
     * @param in     x, y if the settings say so, and what the sub-functions read
     * @param valueY receives yₙ, or null
     */
    void forward(INDArray[] in, INDArray value, INDArray states, INDArray side, INDArray checksums, INDArray valueY) {
        INDArray x = in[0];
        int n = plan.size();
        boolean checkpoint = settings().checkpoint();
        try (StepMemory memory = StepMemory.open()) {
            DataType type = plan.streamType();
            INDArray even = checkpoint ? memory.take(type, x.shape()) : states.slice(0);
            INDArray odd = checkpoint ? memory.take(type, x.shape()) : states.slice(1);
            Streams streams = streams(memory);
            streams.set(n % 2 == 0 ? even : odd, n % 2 == 0 ? odd : even);
            begin(streams, in);
            fits(streams, settings(), "its input");
            checksums.assign(0);
            INDArray last = value.dataType() == plan.values() ? value : memory.take(plan.values(), x.shape());
            INDArray u = checkpoint ? states.slice(0) : last;
            streams.x(u);
            for (int i = 0; i < n; i++) {
                if (phase.training() && plan.proves()) {
                    checksums.data().put(checksums.offset() + i, streams.checksum());
                }
                if (!checkpoint && i > 0 && plan.isAnchor(i)) {
                    states.slice(plan.slot(i)).assign(streams.x());
                    states.slice(plan.slot(i) + 1).assign(streams.y());
                }
                INDArray next = checkpoint && i < n - 1 ? states.slice(i + 1) : last;
                try (StepMemory local = memory.inner()) {
                    INDArray f = value(i, u, in, local);
                    join(i).couple(streams, f, u, sideOf(i, side, x.length()), next, local);
                    fits(streams, settings(), where(settings(), i));
                }
                u = next;
            }
            if (last != value) {
                streams.x(value);
            }
            if (valueY != null) {
                streams.y(valueY);
            }
        }
    }

    private Streams streams(StepMemory memory) {
        return Streams.of(plan.streams(), settings().scale(), memory);
    }

    /** Starts the streams. */
    void begin(Streams streams, INDArray... in) {
        if (settings().pair()) {
            streams.load(in[0], in[1]);
        } else {
            streams.begin(in[0], settings().first(plan.c(0)));
        }
    }

    /** F(x) of a sub-function. */
    INDArray value(int block, INDArray x, INDArray[] in, StepMemory memory) {
        return checked(block, x, program(block).forward(x, read(block, in), phase, memory), memory);
    }

    /** How a sub-function enters the streams. */
    ChainJoin join(int block) {
        return new ChainJoin(
                plan.c(block),
                settings().blocks().get(block).edge(),
                settings().place() + block,
                settings().twoStep(plan.c(), phase.step()));
    }

    /** A sub-function, in messages. */
    static String where(ChainSettings settings, int block) {
        return "sub-function \"" + settings.blocks().get(block).name() + "\"";
    }

    private INDArray checked(int block, INDArray x, INDArray f, StepMemory memory) {
        if (!Arrays.equals(f.shape(), x.shape()) || f.dataType() != x.dataType()) {
            throw new IllegalArgumentException("chain \"" + settings().name()
                    + "\" needs values of its input's shape and type, "
                    + where(settings(), block) + " maps " + x.dataType() + Arrays.toString(x.shape()) + " to "
                    + f.dataType()
                    + Arrays.toString(f.shape()) + ": end the chain before it");
        }
        return dense(f, memory);
    }

    private static INDArray dense(INDArray array, StepMemory memory) {
        return Buffers.isContiguous(array) ? array : memory.dup(array);
    }

    /** Throws if a value did not fit. */
    static void fits(Streams streams, ChainSettings settings, String where) {
        streams.requireFit(settings.name(), where, "build the chain with a smaller scale, or lower the learning rate");
    }

    /**
     * Backward of one sub-function.
     *
     * @param in       the arrays of the forward, of which those that this sub-function reads are there
     * @param wanted   which of those need a gradient
     * @param kept     states of the forward, or what the backward of the next sub-function rebuilt
     * @param slot     where in them the state behind it begins; with CHECKPOINT, its input
     * @param checksums of the states in front of the sub-functions; null if they are not proved
     * @param dx       gradient of x behind it
     * @param dy       gradient of y behind it, null for 0
     * @param rebuilt  receives the state in front of it, or null
     * @param d        receive the gradients of x in front of it (for the first, that of the chain's input) and of the wanted inputs
     */
    void backward(
            int block,
            INDArray[] in,
            BitSet wanted,
            INDArray kept,
            int slot,
            INDArray side,
            INDArray checksums,
            INDArray dx,
            INDArray dy,
            INDArray rebuilt,
            INDArray[] d) {
        ChainJoin join = join(block);
        try (StepMemory memory = StepMemory.open()) {
            List<INDArray> results;
            INDArray df = join.valueGradient(dx, memory);
            if (settings().checkpoint()) {
                results = program(block).backward(kept.slice(slot), read(block, in), df, wanted, phase, memory);
            } else {
                INDArray state = rebuilt != null ? rebuilt : memory.take(kept.dataType(), stacked(2, dx.shape()));
                INDArray x = state.slice(0).assign(kept.slice(slot + 1));
                INDArray y = state.slice(1).assign(kept.slice(slot));
                Streams streams = streams(memory);
                streams.set(y, x);
                INDArray u = memory.take(dx.dataType(), dx.shape());
                join.restoreInput(streams, sideOf(block, side, dx.length()), u);
                results = program(block).backward(u, read(block, in), df, wanted, phase, memory);
                join.restorePrevious(streams, checked(block, dx, results.get(0), memory), u, memory);
                if (checksums != null && checksums.getLong(block) != streams.checksum()) {
                    throw new IllegalStateException(notRebuilt(block));
                }
            }
            INDArray du = results.get(1) == null ? null : dense(results.get(1), memory);
            if (du == null) {
                d[0].assign(0);
                du = d[0];
            }
            join.before(du, dx, dy, d[0]);
            if (block == 0 && !settings().pair()) {
                StreamGradients.begin(d[0], settings().first(plan.c(0)), dx, d[0]);
            }
            for (int i = 1; i < d.length; i++) {
                if (results.get(i + 1) == null) {
                    d[i].assign(0);
                } else {
                    d[i].assign(results.get(i + 1));
                }
            }
        }
    }

    /** The shape of so many arrays of one shape. */
    static long[] stacked(long count, long... shape) {
        long[] stacked = new long[shape.length + 1];
        stacked[0] = count;
        System.arraycopy(shape, 0, stacked, 1, shape.length);
        return stacked;
    }

    private String notRebuilt(int block) {
        return "chain \"" + settings().name() + "\", " + where(settings(), block)
                + ": the state rebuilt in front of it differs from the real one, so it gave"
                + " other bits for the same input, and the gradients of this step are wrong. Parameters of this step may have been"
                + " updated: go back to the last save. Build the chain with CHECKPOINT, or replace the op that is not repeatable";
    }
}
