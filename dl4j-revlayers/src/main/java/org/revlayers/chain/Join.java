package org.revlayers.chain;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.reversible.StreamGradients;
import org.revlayers.internal.reversible.Streams;
import org.revlayers.internal.reversible.TwoStep;
import org.revlayers.reversible.Coefficients;

/**
 * How one sub-block enters the streams in one step, and leaves them in its backward.
 *
 * @param branch  what it computes
 * @param place   in the chain
 * @param edge    whether the pretrained network has an edge around it, here or behind an r
 * @param c       coefficients of the step
 * @param twoStep what joins it by γ, or null for α and β
 */
record Join(Branch branch, int place, boolean edge, Coefficients c, TwoStep twoStep) {

    /** Whether x is added here: an r has an edge behind it, inside the branch. */
    private boolean addsEdge() {
        return edge && branch.entry() == null;
    }

    /** The coefficients that are the branch's: there γ is not known. */
    private Coefficients inside() {
        return twoStep == null ? c : new Coefficients(edge ? 1 : 0, 0, 1);
    }

    /** The coefficients that are left for the streams: α is used up if it was added to the function's value. */
    private Coefficients outside() {
        return twoStep == null && branch.entry() == null ? c : c.withoutAlpha();
    }

    void forward(INDArray x, INDArray g, Pass pass, Kept keep) {
        branch.forward(x, g, inside(), pass, keep);
    }

    /** Turns what {@link #forward} gave into what is added to the streams. */
    private void weigh(INDArray g, INDArray x) {
        if (twoStep == null) {
            branch.weigh(g, c);
        } else {
            twoStep.join(place, addsEdge(), g, x, g);
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
        streams.couple(g, outside(), side, next);
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
        boolean changes = twoStep != null || branch.entry() == null && c.weight() != 1;
        boolean copies = changes && branch.readsOutput();
        INDArray weighted = copies ? scratch.take(g.dataType(), g.shape()).assign(g) : g;
        weigh(weighted, x);
        streams.restorePrevious(weighted, outside());
        if (copies) {
            scratch.give(weighted);
        }
    }

    /** Writes the gradient that reaches x through the function (and r) into {@code du}; {@code dx} is that of x behind the sub-block. */
    void backward(INDArray x, INDArray g, INDArray dx, INDArray du, Pass pass, Kept keep) {
        if (twoStep == null) {
            branch.backward(x, g, dx, du, c, pass, keep);
            return;
        }
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray dg = scratch.take(dx.dataType(), dx.shape());
            twoStep.joinBackward(place, dx, dg);
            branch.backward(x, g, dg, du, inside(), pass, keep);
        }
    }

    /** The gradient of x in front of it from {@link #backward}'s and those behind it; {@code out} may be du or dy. */
    void before(INDArray du, INDArray dx, INDArray dy, INDArray out) {
        if (twoStep == null) {
            StreamGradients.before(du, outside(), dx, dy, out);
        } else {
            twoStep.before(place, addsEdge(), du, dx, dy, out);
        }
    }
}
