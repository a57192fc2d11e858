package org.revlayers.internal.planner;

import org.jspecify.annotations.Nullable;

/**
 * What a unit reads in a batch.
 *
 * @param input shape of its input
 * @param mask  that of the mask that comes with it; null for none
 */
record UnitShape(long[] input, long @Nullable [] mask) {}
