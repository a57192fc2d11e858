package org.revlayers.chain;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.stream.StreamKernels;
import org.revlayers.internal.kernel.stream.StreamSum;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.reversible.StreamGradients;
import org.revlayers.internal.reversible.Streams;
import org.revlayers.internal.reversible.TwoStep;
import org.revlayers.reversible.Coefficients;

/**
 * How one sub-block enters the streams in one step, and leaves them in its backward: with α and β, or by γ. An edge behind an r is added there, so the streams
 * have none left to add; by γ they never have.
 *
 * @param branch  what it computes
 * @param place   in the chain
 * @param edge    that the pretrained network has around F
 * @param c       coefficients of the step
 * @param twoStep what joins it by γ, or null for α and β
 */
record Join(Branch branch, int place, TwoStep.Edge edge, Coefficients c, TwoStep twoStep) implements Branch.Weights {

    private boolean hasEntry() {
        return branch.entry() != null;
    }

    private Coefficients outer() {
        return twoStep == null && !hasEntry() ? c : c.withoutAlpha();
    }

    @Override
    public boolean weighs() {
        return twoStep != null || c.weight() != 1;
    }

    @Override
    public void join(INDArray f, INDArray u) {
        if (twoStep != null) {
            twoStep.join(place, edge, f, u);
            return;
        }
        multiply(f);
        if (c.a() != 0) {
            StreamKernels.get().sum(new StreamSum(f, c.alpha(), u, 0, null, f));
        }
    }

    private void multiply(INDArray values) {
        if (c.weight() != 1) {
            values.muli(c.weight());
        }
    }

    @Override
    public void joinBackward(INDArray dg, INDArray df) {
        if (twoStep == null) {
            multiply(df.assign(dg));
        } else {
            twoStep.joinBackward(place, dg, df);
        }
    }

    @Override
    public void edgeBackward(INDArray du, INDArray dg) {
        if (twoStep != null) {
            twoStep.edgeBackward(place, edge, du, dg);
        } else if (c.a() != 0) {
            StreamKernels.get().sum(new StreamSum(du, c.alpha(), dg, 0, null, du));
        }
    }

    /** @param keep takes what backward needs; null for a forward that none follows, or that runs again before it */
    void forward(INDArray x, INDArray g, Pass pass, Kept keep) {
        if (keep == null) {
            branch.forward(x, g, this, pass);
        } else {
            branch.forward(x, g, this, pass, keep);
        }
    }

    /** Turns what {@link #forward} gave into what is added to the streams. */
    private void weigh(INDArray g, INDArray x) {
        if (!hasEntry() && twoStep != null) {
            join(g, x);
        } else if (!hasEntry()) {
            multiply(g);
        }
    }

    /**
     * The state behind it; changes {@code g}.
     *
     * @param side receives the side bits, or null
     * @param next receives the new x, or null; may be x
     */
    void couple(Streams streams, INDArray g, INDArray x, INDArray side, INDArray next) {
        weigh(g, x);
        streams.couple(g, outer(), side, next);
        turn(streams);
    }

    private void turn(Streams streams) {
        if (twoStep != null) {
            twoStep.turn(place, streams);
        }
    }

    /** First half of the inverse. */
    void restoreInput(Streams streams, INDArray side, INDArray x) {
        turn(streams);
        streams.restoreInput(c, side, x);
    }

    /** Second half; leaves the function's output as it is if its backward reads it. */
    void restorePrevious(Streams streams, INDArray g, INDArray x, Arena.Scratch scratch) {
        boolean copies = weighs() && branch.readsOutput();
        INDArray weighted = copies ? scratch.take(g.dataType(), g.shape()).assign(g) : g;
        weigh(weighted, x);
        streams.restorePrevious(weighted, outer());
        if (copies) {
            scratch.give(weighted);
        }
    }

    /** Writes the gradient that reaches x through the function (and r) into {@code du}; {@code dx} is that of x behind the sub-block. */
    void backward(INDArray x, INDArray g, INDArray dx, INDArray du, Pass pass, Kept keep) {
        branch.backward(x, g, dx, du, this, pass, keep);
    }

    /** The gradient of x in front of it from {@link #backward}'s and those behind it; {@code out} may be du or dy. */
    void before(INDArray du, INDArray dx, INDArray dy, INDArray out) {
        if (twoStep == null) {
            StreamGradients.before(du, outer(), dx, dy, out);
        } else {
            twoStep.before(place, hasEntry() ? TwoStep.Edge.TAKEN : edge, du, dx, dy, out);
        }
    }
}
