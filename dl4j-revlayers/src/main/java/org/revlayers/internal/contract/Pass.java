package org.revlayers.internal.contract;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What an {@link InnerLayer} has to know about the step that it is part of. The same pass is handed to a forward, to the forward that computes
 * it again, and to their backward: a random layer that draws from {@code seed} draws the same numbers in all of them.
 *
 * @param training  whether dropout and batch statistics are on
 * @param iteration of the network
 * @param epoch     of the network
 * @param seed      of this layer in this step: for a counter-based generator
 * @param mask      DL4J's mask of the container's input, or null
 */
public record Pass(boolean training, int iteration, int epoch, long seed, INDArray mask) {

    /** The pass of another layer: same step, another seed. */
    public Pass of(long place) {
        long k = seed * 0x9E3779B97F4A7C15L + place;
        k = (k ^ (k >>> 29)) * 0xBF58476D1CE4E5B9L;
        return new Pass(training, iteration, epoch, k ^ (k >>> 32), mask);
    }

    /** The same step with another mask. */
    public Pass masked(INDArray other) {
        return other == mask ? this : new Pass(training, iteration, epoch, seed, other);
    }

    /** The same step as a frozen layer sees it: no dropout, running statistics. */
    public Pass frozen() {
        return new Pass(false, iteration, epoch, seed, mask);
    }
}
