package org.revlayers.internal.plan;

import org.revlayers.plan.InfeasibleBudgetException;

/**
 * The batch to train with where bytes and times are proportional to it. With t₀ seconds of a step whatever its batch (mainly the updater), t₁ seconds
 * per sample, and a plan that needs r bytes and τ extra seconds per sample:
 *
 * <pre>
 *   batch = ⌊(M − B) / r⌋        samples per second = 1 / (t₀ / batch + t₁ + τ)
 * </pre>
 *
 * <p>Every plan of the frontier is tried in this formula, none on the machine. The fastest batch and the largest differ: as t₀ goes to 0 a larger batch
 * gains nothing, and recomputing for it costs. Not modelled: sizes that grow otherwise (plan those for each batch), and what a batch does to accuracy.
 *
 * @param fastest the most samples per second; at the same rate the plan with the least extra time
 * @param largest the most samples a step, by the fastest plan that holds so many
 */
public record BatchPlan(BatchChoice fastest, BatchChoice largest) {

    /**
     * Chooses from the frontier of one sample.
     *
     * @param perSample     whose B is for a step, and all other bytes and seconds for one sample
     * @param memory        M in bytes
     * @param stepSeconds   t₀
     * @param sampleSeconds t₁ of the fastest method, without extra time
     * @throws InfeasibleBudgetException if not even one sample fits
     * @throws IllegalArgumentException  if a time is negative or both are 0, or a sample needs no bytes
     */
    public static BatchPlan of(Frontier perSample, long memory, double stepSeconds, double sampleSeconds) {
        if (!(stepSeconds >= 0 && sampleSeconds >= 0 && Double.isFinite(stepSeconds + sampleSeconds))
                || stepSeconds + sampleSeconds == 0) {
            throw new IllegalArgumentException("a step takes time, " + stepSeconds + " seconds and " + sampleSeconds
                    + " per sample are none: measure both");
        }
        if (perSample.peak(0) == 0) {
            throw new IllegalArgumentException(
                    "a sample needs memory, but the leanest plan says 0 bytes, with which any batch would fit:"
                            + " give the sizes of one sample");
        }
        if (memory < perSample.leastBudget()) {
            throw new InfeasibleBudgetException(
                    memory,
                    perSample.leastBudget(),
                    perSample.leanest().binding(),
                    "allow methods that are less exact: that is for a batch of 1");
        }
        long room = memory - perSample.problem().fixedBytes();
        long most = room / perSample.peak(0);
        BatchChoice fastest = null;
        BatchChoice largest = null;
        for (int plan = perSample.size() - 1; plan >= 0; plan--) {
            long batch = room / perSample.peak(plan);
            double rate = 1 / (stepSeconds / batch + sampleSeconds + Sums.seconds(perSample.nanos(plan)));
            if (batch > 0 && (fastest == null || rate > fastest.samplesPerSecond())) {
                fastest = new BatchChoice(batch, rate, perSample.solution(plan));
            }
            if (largest == null && batch == most) {
                largest = new BatchChoice(batch, rate, perSample.solution(plan));
            }
        }
        return new BatchPlan(fastest, largest);
    }
}
