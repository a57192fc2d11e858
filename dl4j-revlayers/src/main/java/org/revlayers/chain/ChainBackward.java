package org.revlayers.chain;

import java.util.Arrays;
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
                    .mergeBackward(
                            step.exit().backward(streams, epsilon, shape, step.kept(), scratch), epsilon, scratch);
            INDArray dx = d[0];
            INDArray dy = d[1];
            boolean isFree = Arrays.equals(shape, dInput.shape()); // written at the end alone
            INDArray du = isFree ? dInput : scratch.take(dx.dataType(), shape);
            for (int i = n - 1; i >= 0; i--) {
                backward(i, arrays, sums[i], dx, du, scratch);
                INDArray sum = dy == null ? scratch.take(dx.dataType(), shape) : dy;
                step.join(i).before(du, dx, dy, sum);
                dy = dx;
                dx = sum;
                proved += step.proves(i) ? 1 : 0;
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

    /** Of the state in front of a run of sub-blocks: what is in front of that keeps its own inputs. */
    private void end(int i, StreamArrays arrays, long expected, INDArray value) {
        Streams streams = arrays.streams();
        if (step.proves(i) && streams.checksum() != expected) {
            streams.x(value);
            throw Blame.of(step.chain().getLayerName(), step.branches().subBlocks(), value, step.pass());
        }
        if (step.plan().startsRun(i)) {
            arrays.release();
        }
    }

    /**
     * Writes the gradient that reaches x through F (and r) into {@code du}; leaves state i in the streams if something needs it.
     *
     * @param sum that the checksum of state i is to be, if it is proved
     */
    private void backward(int i, StreamArrays arrays, long sum, INDArray dx, INDArray du, Arena.Scratch scratch) {
        Streams streams = arrays.streams();
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
        try (Arena.Scratch passing = Arena.current().scratch()) {
            INDArray g = passing.take(dx.dataType(), dx.shape());
            INDArray kept = own.get(ChainStep.INPUT);
            INDArray value = kept == null ? passing.take(dx.dataType(), dx.shape()) : kept;
            if (kept == null) {
                join.restoreInput(streams, own.get(ChainStep.SIDE), value);
            }
            join.forward(value, g, step.pass().of(i), local);
            if (step.plan().mode(i) == ChainMode.REVERSE) {
                join.restorePrevious(streams, g, value, passing);
            }
            end(i, arrays, sum, value);
            if (!branch.readsOutput()) {
                passing.give(g);
            }
            if (kept == null && !branch.readsInput()) {
                passing.give(value);
            }
            join.backward(
                    branch.readsInput() ? value : null,
                    branch.readsOutput() ? g : null,
                    dx,
                    du,
                    step.pass().of(i),
                    local);
        } finally {
            local.clear();
            own.clear();
        }
    }

    private static Kept local() {
        Kept local = Kept.near();
        local.begin();
        return local;
    }
}
