package org.revlayers.internal.planner;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
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
 * @param again           the same where the backward follows its forward at once ({@link org.revlayers.internal.keep.Kept#near}); null if that takes the same bytes
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
        double backwardSeconds,
        @Nullable UnitFigures again) {

    /** Whether the other takes the same bytes. */
    boolean isAlike(UnitFigures other) {
        return kept == other.kept && forward == other.forward && backward == other.backward;
    }

    /** The same with those of a forward whose backward follows at once. */
    UnitFigures with(UnitFigures followed) {
        return new UnitFigures(
                kept, forward, backward, input, output, result, keepsInput, forwardSeconds, backwardSeconds, followed);
    }

    /** Those of a forward whose backward follows at once. */
    UnitFigures followed() {
        return again == null ? this : again;
    }

    /** As one behind whose end there is more of the same two streams, whose second gradient lives in its backward, too. */
    UnitFigures betweenStreams() {
        return new UnitFigures(
                kept,
                forward,
                backward + result,
                input,
                output,
                result,
                keepsInput,
                forwardSeconds,
                backwardSeconds,
                again == null ? null : again.betweenStreams());
    }

    /** As one whose input goes to a disk, too, in so many seconds there and back. */
    UnitFigures withoutInput(double seconds) {
        long there = keepsInput ? input : 0;
        return new UnitFigures(
                kept - there,
                forward,
                backward,
                input,
                output,
                result,
                false,
                forwardSeconds,
                backwardSeconds + seconds,
                again);
    }

    /** The same bytes with the times that some units take by an answer. */
    UnitFigures timedAs(List<Map<Answer, UnitFigures>> units, Answer answer) {
        return timed(
                units.stream().mapToDouble(u -> u.get(answer).forwardSeconds).sum(),
                units.stream().mapToDouble(u -> u.get(answer).backwardSeconds).sum());
    }

    /** The same bytes with the times of one of three in a row, whose ends count once: half of what two more of it take. */
    UnitFigures amongThree(UnitFigures three) {
        return timed(
                Math.max(0, three.forwardSeconds - forwardSeconds) / 2,
                Math.max(0, three.backwardSeconds - backwardSeconds) / 2);
    }

    /** Of one block more of the same kind, given those of one block less. */
    UnitFigures longer(UnitFigures oneLess, double times) {
        return new UnitFigures(
                2 * kept - oneLess.kept,
                2 * forward - oneLess.forward,
                2 * backward - oneLess.backward,
                input,
                output,
                result,
                keepsInput,
                times * forwardSeconds,
                times * backwardSeconds,
                null);
    }

    /** The same bytes with other times. */
    UnitFigures timed(double forwardTime, double backwardTime) {
        return new UnitFigures(
                kept, forward, backward, input, output, result, keepsInput, forwardTime, backwardTime, again);
    }

    /** Bytes are those of every run; times the mean without the shortest and the longest. */
    static UnitFigures typical(List<UnitFigures> runs) {
        return runs.get(runs.size() - 1)
                .timed(
                        trimmed(runs.stream()
                                .mapToDouble(UnitFigures::forwardSeconds)
                                .toArray()),
                        trimmed(runs.stream()
                                .mapToDouble(UnitFigures::backwardSeconds)
                                .toArray()));
    }

    private static double trimmed(double... times) {
        double[] sorted = Arrays.stream(times).sorted().toArray();
        return IntStream.range(1, sorted.length - 1)
                .mapToDouble(i -> sorted[i])
                .average()
                .orElse(sorted[0]);
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
