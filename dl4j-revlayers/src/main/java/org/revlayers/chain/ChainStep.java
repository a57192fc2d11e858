package org.revlayers.chain;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.inner.Pass;
import org.revlayers.keep.Form;
import org.revlayers.keep.Keeper;
import org.revlayers.keep.Kept;
import org.revlayers.kernel.stream.StreamKernels;
import org.revlayers.kernel.stream.StreamSum;
import org.revlayers.memory.Arena;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamType;

/**
 * Forward and backward of a chain in one step, on arrays. Backward holds one sub-block's local graph at a time.
 *
 * @param chain    the configuration
 * @param branches of the sub-blocks
 * @param plan     of what is kept
 * @param type     of the streams
 * @param scale    S, for EXACT
 * @param pass     the step
 * @param kept     takes what is kept, or null in inference
 * @param watched  whether anybody wants to know how large floating-point streams get
 */
record ChainStep(
        ReversibleChain chain,
        ChainBranches branches,
        ChainPlan plan,
        StreamType type,
        int scale,
        Pass pass,
        Kept kept,
        boolean watched) {

    private static final String SIDE = "side";
    private static final String INPUT = "input";
    private static final String OUTPUT = "output";

    /**
     * What a forward found out.
     *
     * @param sums    checksums of the states that backward is to rebuild last, by sub-block
     * @param largest magnitude of x
     */
    record Trace(long[] sums, double largest) {}

    private Streams streams(DataType values) {
        return switch (type) {
            case EXACT -> new IntegerStreams(scale);
            case FLOAT -> new FloatingStreams(values == DataType.FLOAT16 ? DataType.FLOAT : values, watched);
            case DOUBLE -> new FloatingStreams(DataType.DOUBLE, false);
        };
    }

    private ChainEnds ends() {
        return new ChainEnds(chain);
    }

    private ChainExit exit() {
        return new ChainExit(ends(), branches.exit(), pass.of(plan.size()));
    }

    private Branch branch(int i) {
        return branches.subBlocks().get(i);
    }

    private Coefficients coefficients(int i) {
        return plan.coefficients().get(i);
    }

    private boolean keeps(int i, ChainMode mode) {
        return kept != null && plan.modes()[i] == mode;
    }

    /** Whether a checksum is to prove that backward rebuilds the state in front of this sub-block. */
    private boolean proves(int i) {
        return chain.isVerify() && type == StreamType.EXACT && kept != null && plan.startsRun(i);
    }

    /** Computes the output. */
    Trace forward(INDArray input, INDArray out) {
        Arena arena = Arena.current();
        Streams streams = streams(input.dataType());
        long[] shape = ends().streamShape(input.shape());
        long[] sums = new long[plan.size()];
        INDArray value = arena.take(input.dataType(), shape);
        try (Arena.Scratch scratch = arena.scratch()) {
            ends().begin(streams, input, coefficients(0), scratch);
            streams.x(value);
            check(streams, "its input");
            for (int i = 0; i < plan.size(); i++) {
                if (kept != null && i > 0 && plan.anchors()[i]) {
                    streams.save(kept.part(ChainPlan.anchorPart(branch(i).name())));
                }
                sums[i] = proves(i) ? streams.checksum() : 0;
                INDArray next = keeps(i, ChainMode.STORE) || keeps(i, ChainMode.CHECKPOINT)
                        ? arena.take(value.dataType(), shape)
                        : value;
                try {
                    forward(i, streams, value, next, scratch);
                } finally {
                    if (next != value) {
                        keepInput(i, value, scratch);
                        value = next;
                    }
                }
                check(streams, "sub-block \"" + branch(i).name() + "\"");
            }
            boolean keepsEnd = kept != null && plan.anchors()[plan.size()];
            exit().forward(streams, out, shape, keepsEnd ? null : kept);
            if (keepsEnd) {
                streams.end(kept, ends().leavesXInOutput() ? out : null);
            }
            return new Trace(sums, streams.largest());
        } finally {
            arena.give(value);
            streams.release();
        }
    }

    /** As the first layer of a sub-block that is stored keeps it, dense for one that is computed again. */
    private void keepInput(int i, INDArray value, Arena.Scratch scratch) {
        Kept own = kept.part(branch(i).name());
        Keeper keeper = plan.modes()[i] == ChainMode.STORE ? branch(i).inputKeeper() : Keeper.DENSE;
        if (keeper == Keeper.DENSE) {
            own.adopt(INPUT, Form.DENSE, value);
        } else {
            keeper.settle(INPUT, value, pass.mask(), own, scratch);
        }
    }

    /** One sub-block, from its input to that of the next one, which may be the same array. */
    private void forward(int i, Streams streams, INDArray value, INDArray next, Arena.Scratch scratch) {
        Branch branch = branch(i);
        Coefficients c = coefficients(i);
        boolean store = keeps(i, ChainMode.STORE);
        Kept local = store ? kept.part(branch.name()).part("layers") : passing();
        INDArray g = scratch.take(value.dataType(), value.shape());
        try {
            branch.forward(value, g, c, pass.of(i), local);
            if (store && branch.readsOutput()) {
                kept.part(branch.name())
                        .take(OUTPUT, Form.DENSE, g.dataType(), g.shape())
                        .assign(g);
            }
            branch.weigh(g, c);
            streams.couple(g, branch.outer(c), keeps(i, ChainMode.REVERSE) ? side(i, value.length()) : null, next);
        } finally {
            scratch.give(g);
            if (!store) {
                local.clear();
            }
        }
    }

    /** An array for the side bits, or null if there are none. */
    private INDArray side(int i, long elements) {
        Coefficients c = coefficients(i);
        return plan.sides()[i]
                ? kept.part(branch(i).name())
                        .take(SIDE, Form.CODED, DataType.UINT8, StreamKernels.sideBytes(elements, c.magnitude(), c.q()))
                : null;
    }

    /** For a forward that is computed again before its backward. */
    private static Kept passing() {
        Kept passing = Kept.passing();
        passing.begin();
        return passing;
    }

    private static Kept local() {
        Kept local = new Kept();
        local.begin();
        return local;
    }

    private void check(Streams streams, String where) {
        if (type == StreamType.EXACT && Double.isInfinite(streams.largest())) {
            throw new ArithmeticException(
                    "chain \"" + chain.getLayerName() + "\", " + where
                            + ": a value is not finite or above " + Math.scalb(1.0, 31 - scale)
                            + ", the range of its integer streams at " + scale
                            + " bits; nothing was updated: set a smaller streamScale, use StreamType.FLOAT, or lower the learning rate");
        }
    }

    /**
     * Computes the gradients and gives back what was kept.
     *
     * @param output  of the forward
     * @param sums    of the forward
     * @param epsilon gradient of the output
     * @param dInput  receives the gradient of the input
     * @return how many reconstructions were proved
     */
    int backward(INDArray output, long[] sums, INDArray epsilon, INDArray dInput) {
        int n = plan.size();
        int proved = 0;
        Streams streams = streams(epsilon.dataType());
        long[] shape = ends().streamShape(dInput.shape());
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            if (plan.anchors()[n]) {
                streams.load(kept, output);
            }
            INDArray[] d = ends().mergeBackward(exit().backward(streams, epsilon, shape, kept, scratch), scratch);
            INDArray dx = d[0];
            INDArray dy = d[1];
            INDArray du = scratch.take(dx.dataType(), shape);
            INDArray value = scratch.take(dx.dataType(), shape);
            for (int i = n - 1; i >= 0; i--) {
                backward(i, streams, value, dx, du, scratch);
                Coefficients c = branch(i).outer(coefficients(i));
                INDArray sum = dy == null ? scratch.take(dx.dataType(), shape) : dy;
                StreamKernels.get().sum(new StreamSum(du, c.alpha(), dx, dy == null ? 0 : c.beta(), dy, sum));
                dy = dx;
                dx = sum;
                if (proves(i)) {
                    prove(streams, sums[i], value);
                    proved++;
                }
                if (i > 0 && plan.anchors()[i]) {
                    streams.load(kept.part(ChainPlan.anchorPart(branch(i).name())), null);
                }
            }
            ends().beginBackward(dx, dy, coefficients(0), dInput);
            return proved;
        } finally {
            streams.release();
        }
    }

    private void prove(Streams streams, long expected, INDArray value) {
        if (streams.checksum() != expected) {
            streams.x(value);
            throw Blame.of(chain.getLayerName(), branches.subBlocks(), value, pass);
        }
    }

    /** Writes the gradient that reaches x through F (and r) into {@code du}; leaves state i in the streams if something needs it. */
    private void backward(
            int i, Streams streams, INDArray scratchValue, INDArray dx, INDArray du, Arena.Scratch scratch) {
        Branch branch = branch(i);
        Coefficients c = coefficients(i);
        Kept own = kept.part(branch.name());
        if (plan.modes()[i] == ChainMode.STORE) {
            Keeper keeper = branch.inputKeeper();
            INDArray value = keeper.restore(INPUT, dx.dataType(), dx.shape(), own, scratch);
            branch.backward(value, own.get(OUTPUT), dx, du, c, pass.of(i), own.part("layers"));
            keeper.give(value, scratch);
            own.clear();
            return;
        }
        Kept local = local();
        INDArray g = scratch.take(dx.dataType(), dx.shape());
        try {
            INDArray value = own.get(INPUT);
            if (value == null) {
                value = scratchValue;
                streams.restoreInput(c, own.get(SIDE), value);
            }
            branch.forward(value, g, c, pass.of(i), local);
            if (plan.modes()[i] == ChainMode.REVERSE) {
                branch.restorePrevious(streams, g, c, scratch);
            }
            branch.backward(value, branch.readsOutput() ? g : null, dx, du, c, pass.of(i), local);
        } finally {
            local.clear();
            scratch.give(g);
            own.clear();
        }
    }
}
