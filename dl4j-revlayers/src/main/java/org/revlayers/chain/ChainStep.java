package org.revlayers.chain;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.reversible.Plan;
import org.revlayers.internal.reversible.Streams;
import org.revlayers.internal.reversible.TwoStep;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.StreamType;

/**
 * A chain in one step, on arrays: the forward here, the backward in {@link ChainBackward}.
 *
 * @param chain    the configuration
 * @param branches of the sub-blocks
 * @param order    of images
 * @param plan     of what is kept
 * @param scale    S, for EXACT
 * @param twoStep  what joins the sub-blocks by γ, or null
 * @param pass     the step
 * @param kept     takes what is kept, or null in inference
 * @param watched  whether anybody wants to know how large floating-point streams get
 */
record ChainStep(
        StreamLayer chain,
        ChainBranches branches,
        ImageOrder order,
        Plan plan,
        int scale,
        TwoStep twoStep,
        Pass pass,
        Kept kept,
        boolean watched) {

    static final String SIDE = "side";
    static final String INPUT = "input";
    static final String OUTPUT = "output";

    /**
     * What a forward found out.
     *
     * @param sums    checksums of the states that backward is to rebuild last, by sub-block
     * @param largest magnitude of x
     */
    record Trace(long[] sums, double largest) {}

    /** Arrays of the streams; a first run in floating point, and one beyond the range of integers, is in a DOUBLE network's own numbers. */
    StreamArrays streams(DataType values) {
        Arena arena = Arena.current();
        StreamType type = plan.streams();
        boolean full = type == StreamType.FLOAT && values != DataType.FLOAT16;
        DataType floating = full ? values : type.getDataType();
        return new StreamArrays(
                type.exact()
                        ? Streams.of(type, scale, arena)
                        : Streams.floating(floating, watched && type == StreamType.FLOAT, arena),
                arena);
    }

    ChainEnds ends() {
        return new ChainEnds(chain, order);
    }

    ChainExit exit() {
        return new ChainExit(ends(), branches.exit(), pass.of(plan.size()));
    }

    Branch branch(int i) {
        return branches.subBlocks().get(i);
    }

    /** How a sub-block enters the streams. */
    Join join(int i) {
        boolean residual = chain.isResidual(i);
        return new Join(branch(i), i, residual ? TwoStep.Edge.AROUND : TwoStep.Edge.INSIDE, plan.c(i), twoStep);
    }

    private boolean keeps(int i, ChainMode mode) {
        return kept != null && plan.mode(i) == mode;
    }

    /** Whether what is kept of a sub-block goes to a disk when that has run: not of the last one, with which backward begins. */
    private boolean movesBehind(int i) {
        return chain.isOnDisk() && kept != null && i + 1 < plan.size();
    }

    /** Whether a checksum is to prove that backward rebuilds the state in front of this sub-block. */
    boolean proves(int i) {
        return chain.isVerify() && plan.streams().exact() && kept != null && plan.startsRun(i);
    }

    /**
     * Computes the output.
     *
     * @param output as the network has it: {@code out}, or what that is written to behind it
     */
    Trace forward(INDArray input, INDArray out, INDArray output) {
        Arena arena = Arena.current();
        StreamArrays arrays = streams(input.dataType());
        Streams streams = arrays.streams();
        long[] shape = ends().streamShape(input.shape());
        long[] sums = new long[plan.size()];
        INDArray value = arena.take(input.dataType(), shape);
        try (Arena.Scratch scratch = arena.scratch()) {
            arrays.take(shape);
            ends().begin(streams, input, plan, scratch);
            streams.x(value);
            check(streams, "its input");
            for (int i = 0; i < plan.size(); i++) {
                if (kept != null && i > 0 && plan.isAnchor(i)) {
                    arrays.save(kept.part(ChainPrediction.anchorPart(branch(i).name())));
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
                if (movesBehind(i)) {
                    kept.move(
                            ChainPrediction.anchorPart(branch(i).name()),
                            branch(i).name());
                }
                check(streams, "sub-block \"" + branch(i).name() + "\"");
            }
            boolean keepsEnd = kept != null && plan.isAnchor(plan.size());
            exit().forward(streams, out, shape, keepsEnd ? null : kept);
            if (keepsEnd) {
                arrays.end(kept, ends().leavesXInOutput() ? output : null);
                if (chain.isOnDisk()) {
                    kept.move("x", "y");
                }
            }
            return new Trace(sums, streams.largest());
        } finally {
            arena.give(value);
            arrays.release();
        }
    }

    /** As the first layer of a sub-block that is stored keeps it, dense for one that is computed again. */
    private void keepInput(int i, INDArray value, Arena.Scratch scratch) {
        Kept own = kept.part(branch(i).name());
        Keeper keeper = plan.mode(i) == ChainMode.STORE ? branch(i).inputKeeper() : Keeper.DENSE;
        if (keeper == Keeper.DENSE) {
            own.adopt(INPUT, Form.DENSE, value);
        } else {
            keeper.settle(INPUT, value, pass.mask(), own, scratch);
        }
    }

    /** One sub-block, from its input to that of the next one, which may be the same array. */
    private void forward(int i, Streams streams, INDArray value, INDArray next, Arena.Scratch scratch) {
        Branch branch = branch(i);
        Join join = join(i);
        boolean store = keeps(i, ChainMode.STORE);
        Kept local = store ? kept.part(branch.name()).part("layers") : null;
        INDArray g = scratch.take(value.dataType(), value.shape());
        try {
            join.forward(value, g, pass.of(i), local);
            if (store && branch.readsOutput()) {
                kept.part(branch.name())
                        .take(OUTPUT, Form.DENSE, g.dataType(), g.shape())
                        .assign(g);
            }
            join.couple(streams, g, value, keeps(i, ChainMode.REVERSE) ? side(i, value.length()) : null, next);
        } finally {
            scratch.give(g);
        }
    }

    /** An array for the side bits, or null if there are none. */
    private INDArray side(int i, long elements) {
        return plan.sideBits(i) > 0
                ? kept.part(branch(i).name()).take(SIDE, Form.CODED, DataType.UINT8, plan.sideBytes(i, elements))
                : null;
    }

    private void check(Streams streams, String where) {
        streams.requireFit(
                chain.getLayerName(),
                where,
                "set a smaller streamScale, use StreamType.FLOAT, or lower the learning rate");
    }

    /** Writes the output of a forward again, from the end state that it has kept. */
    void rebuildOutput(INDArray out) {
        Streams streams = streams(out.dataType()).streams();
        streams.set(kept.get("x"), kept.get("y"));
        exit().again(streams, out, kept);
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
        return new ChainBackward(this).run(output, sums, epsilon, dInput);
    }
}
