package org.revlayers.internal.plan;

/**
 * A batch and the plan to train it by.
 *
 * @param batch            samples a step
 * @param samplesPerSecond at that batch
 * @param perSample        the plan, in bytes and extra seconds of one sample
 */
public record BatchChoice(long batch, double samplesPerSecond, Solution perSample) {

    /** The peak of a step with this batch: what is fixed, and the rest once for each sample. */
    public long peakBytes() {
        long fixed = perSample.problem().fixedBytes();
        return fixed + batch * (perSample.peakBytes() - fixed);
    }
}
