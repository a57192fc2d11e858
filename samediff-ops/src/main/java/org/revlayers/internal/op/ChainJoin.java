package org.revlayers.internal.op;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.backend.StepMemory;
import org.revlayers.internal.reversible.StreamGradients;
import org.revlayers.internal.reversible.Streams;
import org.revlayers.internal.reversible.TwoStep;
import org.revlayers.reversible.Coefficients;

/**
 * How one sub-function of a chain enters the streams in one step, and leaves them in its backward: with α and β, or by γ.
 *
 * @param c       its coefficients
 * @param edge    around it
 * @param place   in the chain
 * @param twoStep what joins it by γ, or null
 */
record ChainJoin(Coefficients c, TwoStep.Edge edge, int place, @Nullable TwoStep twoStep) {

    /** Whether what is added is more than the value. */
    boolean weighs() {
        return twoStep != null && edge != TwoStep.Edge.TAKEN;
    }

    /** What is added to the streams for a value f = F(u). */
    private INDArray added(INDArray f, @Nullable INDArray u, StepMemory memory) {
        if (!weighs()) {
            return f;
        }
        INDArray g = memory.take(f.dataType(), f.shape()).assign(f);
        twoStep.join(place, edge, g, u);
        return g;
    }

    /**
     * The state behind it.
     *
     * @param u null if it does not weigh
     */
    void couple(
            Streams streams,
            INDArray f,
            @Nullable INDArray u,
            @Nullable INDArray side,
            @Nullable INDArray next,
            StepMemory memory) {
        streams.couple(added(f, u, memory), c, side, next);
        turn(streams);
    }

    /** Gives y its signs, or takes them from it. */
    void turn(Streams streams) {
        if (twoStep != null) {
            twoStep.turn(place, streams);
        }
    }

    /** First half of the inverse. */
    void restoreInput(Streams streams, @Nullable INDArray side, INDArray u) {
        turn(streams);
        streams.restoreInput(c, side, u);
    }

    /** Second half. */
    void restorePrevious(Streams streams, INDArray f, INDArray u, StepMemory memory) {
        streams.restorePrevious(added(f, u, memory), c);
    }

    /** The gradient of F's value. */
    INDArray valueGradient(INDArray dx, StepMemory memory) {
        if (!weighs()) {
            return dx;
        }
        INDArray df = memory.take(dx.dataType(), dx.shape());
        twoStep.joinBackward(place, dx, df);
        return df;
    }

    /** As {@link StreamGradients#before}. */
    void before(INDArray du, INDArray dx, @Nullable INDArray dy, INDArray out) {
        if (twoStep == null) {
            StreamGradients.before(du, c, dx, dy, out);
        } else {
            twoStep.before(place, edge, du, dx, dy, out);
        }
    }
}
