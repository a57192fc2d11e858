package org.revlayers.graph;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.revlayers.op.RevOps;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;

/**
 * How one variable becomes the first streams of a chain, and the last ones one variable.
 *
 * @param axis of the features, for SPLIT and CONCAT
 */
record ChainEnds(StreamStart start, StreamMerge merge, int axis) {

    /** Why an input of this shape cannot be split, or null; dimensions that are not known are no reason. */
    @Nullable
    String obstacle(long @Nullable ... shape) {
        if (start != StreamStart.SPLIT || shape == null || shape.length == 0) {
            return null;
        }
        int at = axis < 0 ? axis + shape.length : axis;
        if (at < 0 || at >= shape.length) {
            return "has no feature axis " + axis + " in shape " + Arrays.toString(shape) + ": set featureAxis(axis)";
        }
        return shape[at] >= 0 && shape[at] % 2 != 0
                ? "splits its features in two halves, so it needs an even number of them; it has " + shape[at]
                : null;
    }

    /** x₀, and y₀ if it is split off. */
    SDVariable[] begin(SameDiff sd, SDVariable x) {
        if (start != StreamStart.SPLIT) {
            return new SDVariable[] {x};
        }
        SDVariable[] halves = sd.split(x, 2, axis);
        return new SDVariable[] {halves[1], halves[0]};
    }

    /** The value from xₙ and yₙ. */
    SDVariable end(SameDiff sd, SDVariable x, SDVariable y) {
        return switch (merge) {
            case X_ONLY -> x;
            case AVERAGE -> RevOps.add(x, y).mul(0.5);
            case CONCAT -> sd.concat(axis, y, x);
        };
    }
}
