package org.revlayers.plan;

/**
 * What a method does to a training, from nothing to much; a plan is asked for with the widest that it may use.
 *
 * @since 0.1.0
 */
public enum Exactness {
    /** The same function and the same gradients up to rounding: storing, recomputing, moving elsewhere, coding without loss. */
    SAME_FUNCTION,
    /** The same function; gradients read values that were thinned or rounded. */
    APPROXIMATE_GRADIENTS,
    /** Another function is trained: reversible with a schedule, fewer tokens, statistics of a batch normalisation that stand still. */
    NEW_FUNCTION;

    /** Whether a plan that may use so much may use this. */
    public boolean fits(Exactness allowed) {
        return compareTo(allowed) <= 0;
    }

    /** The wider of both. */
    public Exactness or(Exactness other) {
        return fits(other) ? other : this;
    }
}
