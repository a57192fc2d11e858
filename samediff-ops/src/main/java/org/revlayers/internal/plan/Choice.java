package org.revlayers.internal.plan;

import java.util.Objects;
import org.revlayers.plan.Exactness;

/**
 * One way to train a unit, or a segment of several.
 *
 * <pre>{@code
 * Choice.store(68_000_000, 90_000_000, 120_000_000);
 * new Choice("recompute", 4_800_000, 90_000_000, 150_000_000, 0.13, Exactness.SAME_FUNCTION);
 * }</pre>
 *
 * @param method            its name, such as "store", "recompute", "reversible"
 * @param keptBytes         s: alive from this unit's forward to its backward
 * @param forwardPeakBytes  most that is alive at a time in its forward, beyond what units before it keep: what it keeps, its input and output included
 * @param backwardPeakBytes the same for its backward: what it keeps, gradients and rebuilt internals included
 * @param seconds           t: extra time of a step against the fastest choice, 0 to 10⁹; rounded to whole nanoseconds
 * @param exactness         what it does to the training
 * @param movedBytes        that wait on a disk, and are no part of what is kept: they are read ahead, into memory, when the next unit behind that has some there goes back
 */
public record Choice(
        String method,
        long keptBytes,
        long forwardPeakBytes,
        long backwardPeakBytes,
        double seconds,
        Exactness exactness,
        long movedBytes) {

    /** The method that keeps what backward reads as it is: preferred wherever nothing is gained by another. */
    public static final String STORE = "store";

    private static final double MOST_SECONDS = 1e9;

    /** @throws IllegalArgumentException if a number is negative or unknown, or a peak is less than what is kept */
    public Choice {
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(exactness, "exactness");
        Sums.require(keptBytes, "kept bytes of method \"" + method + "\"");
        Sums.require(forwardPeakBytes, "forward peak of method \"" + method + "\"");
        Sums.require(backwardPeakBytes, "backward peak of method \"" + method + "\"");
        Sums.require(movedBytes, "moved bytes of method \"" + method + "\"");
        if (Math.min(forwardPeakBytes, backwardPeakBytes) < keptBytes) {
            throw new IllegalArgumentException(
                    "peaks include what is kept: method \"" + method + "\" keeps " + keptBytes
                            + " bytes, and its peaks are " + forwardPeakBytes + " in forward and " + backwardPeakBytes
                            + " in backward: add what it keeps to them");
        }
        if (!(seconds >= 0 && seconds <= MOST_SECONDS)) {
            throw new IllegalArgumentException("extra seconds are 0 to 1e9, those of method \"" + method + "\" are "
                    + seconds + ": measure them against the fastest choice");
        }
        seconds = Sums.seconds(Sums.nanos(seconds));
    }

    /** In memory alone. */
    public Choice(
            String method,
            long keptBytes,
            long forwardPeakBytes,
            long backwardPeakBytes,
            double seconds,
            Exactness exactness) {
        this(method, keptBytes, forwardPeakBytes, backwardPeakBytes, seconds, exactness, 0);
    }

    /** {@value #STORE}: exact, no extra time. */
    public static Choice store(long keptBytes, long forwardPeakBytes, long backwardPeakBytes) {
        return new Choice(STORE, keptBytes, forwardPeakBytes, backwardPeakBytes, 0, Exactness.SAME_FUNCTION);
    }

    /** q: the larger of both peaks. */
    public long peakBytes() {
        return Math.max(forwardPeakBytes, backwardPeakBytes);
    }

    /** t in nanoseconds. */
    long nanos() {
        return Sums.nanos(seconds);
    }
}
