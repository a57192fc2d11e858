package org.revlayers.chain;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.reversible.Streams;
import org.revlayers.reversible.ChainMode;

/**
 * The backward of a chain in one step, from its end to its beginning: rebuilds a state, computes the sub-block again, takes its gradients. It holds
 * one sub-block's local graph at a time.
 *
 * @param step whose forward has run
 */
record ChainBackward(ChainStep step) {

    /** As {@link ChainStep#backward}. */
    int run(INDArray output, long[] sums, INDArray epsilon, INDArray dInput) {
        int n = step.plan().size();
        int proved = 0;
        StreamArrays arrays = step.streams(epsilon.dataType());
        Streams streams = arrays.streams();
        long[] shape = step.ends().streamShape(dInput.shape());
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            if (step.plan().isAnchor(n)) {
                arrays.load(step.kept(), output, step.order());
            }
            INDArray[] d = step.ends()
                    .mergeBackward(step.exit().backward(streams, epsilon, shape, step.kept(), scratch), scratch);
            INDArray dx = d[0];
            INDArray dy = d[1];
            INDArray du = scratch.take(dx.dataType(), shape);
            INDArray value = scratch.take(dx.dataType(), shape);
            for (int i = n - 1; i >= 0; i--) {
                backward(i, streams, value, dx, du, scratch);
                INDArray sum = dy == null ? scratch.take(dx.dataType(), shape) : dy;
                step.join(i).before(du, dx, dy, sum);
                dy = dx;
                dx = sum;
                if (step.proves(i)) {
                    prove(streams, sums[i], value);
                    proved++;
                }
                if (step.plan().startsRun(i)) {
                    arrays.release(); // what is in front of it keeps its own inputs
                }
                if (i > 0 && step.plan().isAnchor(i)) {
                    arrays.load(
                            step.kept()
                                    .part(ChainPrediction.anchorPart(
                                            step.branch(i).name())),
                            null,
                            step.order());
                }
            }
            step.ends().beginBackward(dx, dy, step.plan(), dInput);
            return proved;
        } finally {
            arrays.release();
        }
    }

    private void prove(Streams streams, long expected, INDArray value) {
        if (streams.checksum() != expected) {
            streams.x(value);
            throw Blame.of(step.chain().getLayerName(), step.branches().subBlocks(), value, step.pass());
        }
    }

    /** Writes the gradient that reaches x through F (and r) into {@code du}; leaves state i in the streams if something needs it. */
    private void backward(
            int i, Streams streams, INDArray scratchValue, INDArray dx, INDArray du, Arena.Scratch scratch) {
        Branch branch = step.branch(i);
        Join join = step.join(i);
        Kept own = step.kept().part(branch.name());
        if (step.plan().mode(i) == ChainMode.STORE) {
            Keeper keeper = branch.inputKeeper();
            INDArray value = keeper.restore(ChainStep.INPUT, dx.dataType(), dx.shape(), own, scratch);
            join.backward(value, own.get(ChainStep.OUTPUT), dx, du, step.pass().of(i), own.part("layers"));
            keeper.give(value, scratch);
            own.clear();
            return;
        }
        Kept local = local();
        INDArray g = scratch.take(dx.dataType(), dx.shape());
        try {
            INDArray value = own.get(ChainStep.INPUT);
            if (value == null) {
                value = scratchValue;
                join.restoreInput(streams, own.get(ChainStep.SIDE), value);
            }
            join.forward(value, g, step.pass().of(i), local);
            if (step.plan().mode(i) == ChainMode.REVERSE) {
                join.restorePrevious(streams, g, value, scratch);
            }
            join.backward(
                    value, branch.readsOutput() ? g : null, dx, du, step.pass().of(i), local);
        } finally {
            local.clear();
            scratch.give(g);
            own.clear();
        }
    }

    private static Kept local() {
        Kept local = Kept.near();
        local.begin();
        return local;
    }
}
