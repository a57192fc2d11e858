package org.revlayers.internal.planner;

/**
 * What one unit takes by one answer, beyond what units before it keep.
 *
 * @param kept            bytes from the end of its forward to its backward
 * @param forward         most bytes at a time in its forward: input, output and what it keeps included
 * @param backward        most bytes at a time in its backward: both gradients and what it keeps included
 * @param forwardSeconds  of one forward
 * @param backwardSeconds of one backward, with what it computes again
 */
public record UnitFigures(long kept, long forward, long backward, double forwardSeconds, double backwardSeconds) {

    /** Of a step. */
    public double seconds() {
        return forwardSeconds + backwardSeconds;
    }
}
