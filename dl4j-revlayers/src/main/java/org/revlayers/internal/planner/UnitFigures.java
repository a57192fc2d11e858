package org.revlayers.internal.planner;

import java.util.Map;
import org.revlayers.plan.Answer;

/**
 * What one unit takes by one answer, beyond what units before it keep.
 *
 * @param kept            bytes from the end of its forward to its backward
 * @param forward         most bytes at a time in its forward: input, output and what it keeps included
 * @param backward        most bytes at a time in its backward: both gradients and what it keeps included
 * @param input           bytes of its input; 0 if the network holds that
 * @param output          bytes of its output; 0 if the network holds that
 * @param result          bytes of its output, whoever holds it
 * @param keepsInput      whether its input is part of what is kept
 * @param forwardSeconds  of one forward
 * @param backwardSeconds of one backward, with what it computes again
 */
public record UnitFigures(
        long kept,
        long forward,
        long backward,
        long input,
        long output,
        long result,
        boolean keepsInput,
        double forwardSeconds,
        double backwardSeconds) {

    /** The same bytes with other times. */
    UnitFigures timed(double forwardTime, double backwardTime) {
        return new UnitFigures(kept, forward, backward, input, output, result, keepsInput, forwardTime, backwardTime);
    }

    /** Seconds of a step by a unit's fastest answer. */
    static double fastest(Map<Answer, UnitFigures> answers) {
        return answers.values().stream().mapToDouble(UnitFigures::seconds).min().orElse(0);
    }

    /** Of a step. */
    public double seconds() {
        return forwardSeconds + backwardSeconds;
    }
}
