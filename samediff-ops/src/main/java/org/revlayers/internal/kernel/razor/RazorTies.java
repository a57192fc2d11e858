package org.revlayers.internal.kernel.razor;

/** Which of the elements that equal the threshold are kept. */
public enum RazorTies {
    /** The first ones by position, until the room is used up; zeros never, for they come back as zeros anyway. */
    FIRST,
    /** All, as the reference implementation does, zeros too: a sample with enough zeros, as behind a ReLU, is kept whole. */
    ALL
}
