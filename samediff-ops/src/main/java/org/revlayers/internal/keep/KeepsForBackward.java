package org.revlayers.internal.keep;

/** Whoever keeps tensors between forward and backward and lets the meter see them. */
public interface KeepsForBackward {

    /** What is kept right now. */
    Kept kept();
}
