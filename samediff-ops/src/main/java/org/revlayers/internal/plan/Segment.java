package org.revlayers.internal.plan;

import java.util.Objects;

/**
 * A method over several units at once, such as a reversible chain or a run that is recomputed from its first input.
 *
 * @param from   first unit, from 0
 * @param to     behind the last
 * @param choice what it costs as a whole; its peaks are relative to what units before the segment keep
 */
public record Segment(int from, int to, Choice choice) {

    /** @throws IllegalArgumentException if it is empty */
    public Segment {
        Objects.requireNonNull(choice, "choice");
        if (from < 0 || to <= from) {
            throw new IllegalArgumentException(
                    "a segment has at least one unit, [" + from + ", " + to + ") by method \"" + choice.method()
                            + "\" has none: from is its first unit, to the one behind its last");
        }
    }

    /** Whether a unit is in it. */
    public boolean covers(int unit) {
        return from <= unit && unit < to;
    }
}
