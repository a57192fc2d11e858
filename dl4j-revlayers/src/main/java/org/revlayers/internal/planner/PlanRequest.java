package org.revlayers.internal.planner;

import java.util.Map;
import lombok.With;
import org.revlayers.keep.Memory;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/**
 * What a plan is asked for.
 *
 * @param budget     null before one was said
 * @param resident   of a budget for the process, what it held before anything was measured
 * @param examples   of a step; {@link #AUTO} or {@link #AS_GIVEN}
 * @param pins       answers by patterns of layer names
 * @param allowed    the widest
 * @param reversible how units are reversible
 * @param disk       whether activations may wait on one
 */
@With
public record PlanRequest(
        MemoryBudget budget,
        long resident,
        long examples,
        Map<String, Answer> pins,
        Exactness allowed,
        Memory reversible,
        boolean disk) {

    /** As many examples as are fastest. */
    public static final int AUTO = 0;

    /** Those of the batch. */
    public static final int AS_GIVEN = -1;

    /** For bytes that were not measured yet. */
    public static final long UNKNOWN = -1;

    /** Before anything was said. */
    public static PlanRequest usual() {
        return new PlanRequest(null, UNKNOWN, AS_GIVEN, Map.of(), Exactness.SAME_FUNCTION, Memory.reversible(), false);
    }

    /** Whether what was measured for another request is all that this one needs. */
    boolean isMeasuredFor(PlanRequest other) {
        return allowed.fits(other.allowed) && reversible.equals(other.reversible) && disk == other.disk;
    }
}
