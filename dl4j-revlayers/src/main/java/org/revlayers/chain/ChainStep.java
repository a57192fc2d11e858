package org.revlayers.chain;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.inner.Pass;
import org.revlayers.kernel.StreamKernels;
import org.revlayers.memory.Arena;
import org.revlayers.memory.Form;
import org.revlayers.memory.Kept;

/**
 * Forward and backward of a chain in one step, on arrays. Backward holds one sub-block's local graph at a time.
 *
 * @param chain    the configuration
 * @param branches of the sub-blocks
 * @param exit     what follows the merge, or null
 * @param ends     of the streams
 * @param plan     of what is kept
 * @param type     of the streams
 * @param scale    S, for EXACT
 * @param pass     the step
 * @param kept     takes what is kept, or null in inference
 */
record ChainStep(
        ReversibleChain chain,
        List<Branch> branches,
        Branch exit,
        ChainEnds ends,
        ChainPlan plan,
        StreamType type,
        int scale,
        Pass pass,
        Kept kept) {

    private static final String SIDE = "side";
    private static final String INPUT = "input";
    private static final String OUTPUT = "output";

    /** What a forward found out: the checksum of its first state and the largest magnitude of x. */
    record Trace(long checksum, double largest) {}

    private Streams streams(DataType values) {
        return switch (type) {
            case EXACT -> new IntegerStreams(scale);
            case FLOAT -> new FloatingStreams(values == DataType.FLOAT16 ? DataType.FLOAT : values);
            case DOUBLE -> new FloatingStreams(DataType.DOUBLE);
        };
    }

    private Coefficients coefficients(int i) {
        return chain.coefficients(chain.getSubBlocks().get(i), pass.iteration());
    }

    private boolean keeps(int i, ChainMode mode) {
        return kept != null && plan.modes()[i] == mode;
    }

    /** Computes the output. */
    Trace forward(INDArray input, INDArray out) {
        Arena arena = Arena.current();
        Streams streams = streams(input.dataType());
        INDArray value = null;
        try (Arena.Scratch scratch = arena.scratch()) {
            ends.begin(streams, input, coefficients(0), scratch);
            value = arena.take(input.dataType(), ends.streamShape(input.shape()));
            streams.x(value);
            check(streams, "its input");
            long checksum = chain.isVerify() ? streams.checksum() : 0;
            for (int i = 0; i < branches.size(); i++) {
                if (kept != null && i > 0 && plan.anchors()[i]) {
                    streams.save(kept.part(ChainPlan.anchorPart(branches.get(i).name())));
                }
                value = forward(i, streams, value, scratch);
                check(streams, "sub-block \"" + branches.get(i).name() + "\"");
            }
            finish(streams, out, scratch);
            return new Trace(checksum, streams.largest());
        } finally {
            arena.give(value);
            streams.release();
        }
    }

    /** Returns the array that holds the new x. */
    private INDArray forward(int i, Streams streams, INDArray value, Arena.Scratch scratch) {
        Arena arena = Arena.current();
        Branch branch = branches.get(i);
        Coefficients c = coefficients(i);
        boolean store = keeps(i, ChainMode.STORE);
        Kept local = store ? kept.part(branch.name()).part("layers") : local();
        INDArray g = scratch.take(value.dataType(), value.shape());
        INDArray next = value;
        try {
            branch.forward(value, g, c, pass.of(i), local);
            INDArray side = keeps(i, ChainMode.REVERSE) && plan.sides()[i]
                    ? kept.part(branch.name())
                            .take(
                                    SIDE,
                                    Form.CODED,
                                    DataType.UINT8,
                                    StreamKernels.sideBytes(value.length(), c.b(), c.q()))
                    : null;
            if (store || keeps(i, ChainMode.CHECKPOINT)) {
                kept.part(branch.name()).adopt(INPUT, Form.DENSE, value);
                next = arena.take(value.dataType(), value.shape());
            }
            if (store && branch.readsOutput()) {
                kept.part(branch.name())
                        .take(OUTPUT, Form.DENSE, g.dataType(), g.shape())
                        .assign(g);
            }
            streams.couple(g, branch.outer(c), side, next);
            return next;
        } finally {
            scratch.give(g);
            if (!store) {
                local.clear();
            }
        }
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

    private void finish(Streams streams, INDArray out, Arena.Scratch scratch) {
        int n = branches.size();
        if (exit == null) {
            ends.merge(streams, out, scratch);
        } else {
            INDArray merged = exitInput(out);
            ends.merge(streams, merged, scratch);
            Kept local = local();
            exit.forward(merged, out, coefficients(0), pass.of(n), local);
            local.clear();
            if (kept == null || plan.anchors()[n]) {
                Arena.current().give(merged);
            } else {
                kept.part("exit").adopt(INPUT, Form.DENSE, merged);
            }
        }
        if (kept != null && plan.anchors()[n]) {
            streams.end(kept, ChainHost.sharesOutput(chain) ? out : null);
        }
    }

    private INDArray exitInput(INDArray out) {
        return Arena.current().take(out.dataType(), out.shape());
    }

    /**
     * Computes the gradients and gives back what was kept.
     *
     * @param output   of the forward
     * @param epsilon  gradient of the output
     * @param dInput   receives the gradient of the input
     * @return the checksum of the first state as it was rebuilt, or null if it was not
     */
    Long backward(INDArray output, INDArray epsilon, INDArray dInput) {
        Arena arena = Arena.current();
        int n = branches.size();
        Streams streams = streams(epsilon.dataType());
        try (Arena.Scratch scratch = arena.scratch()) {
            if (plan.anchors()[n]) {
                streams.load(kept, output);
            }
            INDArray[] d = ends.mergeBackward(exitBackward(streams, epsilon, scratch), scratch);
            INDArray dx = d[0];
            INDArray dy = d[1];
            INDArray du = scratch.take(dx.dataType(), dx.shape());
            INDArray value = scratch.take(dx.dataType(), dx.shape());
            for (int i = n - 1; i >= 0; i--) {
                backward(i, streams, value, dx, du, scratch);
                Coefficients c = branches.get(i).outer(coefficients(i));
                INDArray sum = dy == null ? scratch.take(dx.dataType(), dx.shape()) : dy;
                StreamKernels.get().sum(du, c.alpha(), dx, dy == null ? 0 : c.beta(), dy, sum);
                dy = dx;
                dx = sum;
                if (i > 0 && plan.anchors()[i]) {
                    streams.load(kept.part(ChainPlan.anchorPart(branches.get(i).name())), null);
                }
            }
            ends.beginBackward(dx, dy, coefficients(0), dInput);
            return chain.isVerify() && type == StreamType.EXACT && plan.givesState(0) ? streams.checksum() : null;
        } finally {
            streams.release();
        }
    }

    private INDArray exitBackward(Streams streams, INDArray epsilon, Arena.Scratch scratch) {
        if (exit == null) {
            return epsilon;
        }
        int n = branches.size();
        INDArray merged = kept.part("exit").get(INPUT);
        if (merged == null) {
            merged = scratch.take(epsilon.dataType(), epsilon.shape());
            ends.merge(streams, merged, scratch);
        }
        Kept local = local();
        INDArray again = scratch.take(epsilon.dataType(), epsilon.shape());
        exit.forward(merged, again, coefficients(0), pass.of(n), local);
        INDArray d = scratch.take(epsilon.dataType(), epsilon.shape());
        exit.backward(merged, again, epsilon, d, coefficients(0), pass.of(n), local);
        local.clear();
        kept.part("exit").clear();
        scratch.give(again);
        return d;
    }

    /** Writes the gradient that reaches x through F (and r) into {@code du}; leaves state i in the streams if something needs it. */
    private void backward(
            int i, Streams streams, INDArray scratchValue, INDArray dx, INDArray du, Arena.Scratch scratch) {
        Branch branch = branches.get(i);
        Coefficients c = coefficients(i);
        Kept own = kept.part(branch.name());
        if (plan.modes()[i] == ChainMode.STORE) {
            branch.backward(own.get(INPUT), own.get(OUTPUT), dx, du, c, pass.of(i), own.part("layers"));
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
                streams.restorePrevious(g, branch.outer(c), value);
            }
            branch.backward(value, branch.readsOutput() ? g : null, dx, du, c, pass.of(i), local);
        } finally {
            local.clear();
            scratch.give(g);
            own.clear();
        }
    }
}
