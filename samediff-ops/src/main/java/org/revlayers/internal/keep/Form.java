package org.revlayers.internal.keep;

/** How an activation is kept between forward and backward: the one question that every method of this library answers. */
public enum Form {
    /** As it is. */
    DENSE,
    /** Another owner keeps the same buffer: nothing extra. */
    SHARED,
    /** As a code of one to eight bits per element. */
    CODED,
    /** Its largest values and a bitmap. */
    THINNED,
    /** One number per row or a seed; the rest is computed again. */
    REBUILT,
    /** On a disk, in whichever form it had. */
    MOVED
}
