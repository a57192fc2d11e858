package org.revlayers.chain;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.reversible.Plan;
import org.revlayers.internal.reversible.StreamGradients;
import org.revlayers.internal.reversible.Streams;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;

/**
 * How one array becomes two streams and two streams one array, and the gradients back.
 *
 * @param chain says how
 * @param order of images
 */
record ChainEnds(StreamLayer chain, ImageOrder order) {

    /** Shape of one stream. */
    long[] streamShape(long... input) {
        return chain.start() == StreamStart.SPLIT ? halved(input) : input.clone();
    }

    /** Shape of what the streams become. */
    long[] mergedShape(long... stream) {
        return chain.merge() == StreamMerge.CONCAT ? features().resized(stream, size -> 2 * size) : stream.clone();
    }

    /** Whether the merged array is x as it is. */
    boolean isX() {
        return chain.merge() == StreamMerge.X_ONLY;
    }

    /** Whether the output is x as it is and stays so until backward: then x need not be kept a second time. */
    boolean leavesXInOutput() {
        return isX() && chain.leavesOutput();
    }

    void begin(Streams streams, INDArray input, Plan plan, Arena.Scratch scratch) {
        switch (chain.start()) {
            case BETA_X0 -> streams.begin(input, plan.c(0));
            case ZERO -> streams.begin(input, plan.c(0).zero());
            default -> {
                INDArray y = half(input, 0, scratch);
                INDArray x = half(input, 1, scratch);
                streams.load(x, y);
                scratch.give(x);
                scratch.give(y);
            }
        }
    }

    /** Writes the merged streams. */
    void merge(Streams streams, INDArray out, Arena.Scratch scratch) {
        if (isX()) {
            streams.x(out);
            return;
        }
        long[] shape = chain.merge() == StreamMerge.CONCAT ? halved(out.shape()) : out.shape();
        INDArray x = scratch.take(out.dataType(), shape);
        INDArray y = scratch.take(out.dataType(), shape);
        streams.x(x);
        streams.y(y);
        if (chain.merge() == StreamMerge.AVERAGE) {
            x.addi(y);
            x.muli(0.5);
            out.assign(x);
        } else {
            features().half(out, 0).assign(y);
            features().half(out, 1).assign(x);
        }
        scratch.give(x);
        scratch.give(y);
    }

    /**
     * The gradients of the last state from that of the merged array.
     *
     * @param gradient from this scratch, and not needed any more, unless it is epsilon
     * @param epsilon  that of the output, which is not to be changed
     * @return those of x and y, scratch arrays; y's is null for zero
     */
    INDArray[] mergeBackward(INDArray gradient, INDArray epsilon, Arena.Scratch scratch) {
        if (chain.merge() == StreamMerge.CONCAT) {
            INDArray[] halves = {half(gradient, 1, scratch), half(gradient, 0, scratch)};
            if (gradient != epsilon) {
                scratch.give(gradient);
            }
            return halves;
        }
        INDArray dx = gradient == epsilon
                ? scratch.take(gradient.dataType(), gradient.shape()).assign(gradient)
                : gradient;
        if (isX()) {
            return new INDArray[] {dx, null};
        }
        dx.muli(0.5);
        INDArray dy = scratch.take(gradient.dataType(), gradient.shape());
        dy.assign(dx);
        return new INDArray[] {dx, dy};
    }

    /** Writes the input's gradient from those of the first state. */
    void beginBackward(INDArray dx, INDArray dy, Plan plan, INDArray out) {
        switch (chain.start()) {
            case BETA_X0 -> StreamGradients.begin(dx, plan.c(0), dy, out);
            case ZERO -> out.assign(dx);
            default -> {
                features().half(out, 0).assign(dy);
                features().half(out, 1).assign(dx);
            }
        }
    }

    private Features features() {
        return new Features(chain, order.isLast());
    }

    private INDArray half(INDArray whole, int which, Arena.Scratch scratch) {
        INDArray half = scratch.take(whole.dataType(), halved(whole.shape()));
        half.assign(features().half(whole, which));
        return half;
    }

    private long[] halved(long... shape) {
        return features().resized(shape, size -> size / 2);
    }
}
