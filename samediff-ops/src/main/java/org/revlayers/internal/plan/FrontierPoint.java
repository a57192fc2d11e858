package org.revlayers.internal.plan;

import org.revlayers.plan.Exactness;

/**
 * What one plan reaches.
 *
 * @param peakBytes the least peak at which training is as fast as that, B included
 * @param seconds   the least extra time of a step within that peak
 * @param exactness the widest that the plan uses
 */
public record FrontierPoint(long peakBytes, double seconds, Exactness exactness) {}
