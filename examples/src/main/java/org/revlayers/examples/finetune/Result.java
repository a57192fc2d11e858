package org.revlayers.examples.finetune;

import java.util.ArrayList;
import java.util.List;
import org.revlayers.MemoryPlan;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.memory.MemoryReport;

/**
 * What one method came to.
 *
 * @param accuracy share of test items classified correctly
 * @param macroF1  mean over the classes of their F1
 * @param steps    of this process
 * @param memory   of the latest step of a whole batch: kept, peak; the process's peak while this method trained; null without steps
 * @param timeline live bytes of the layers over one step, {milliseconds, bytes} pairs
 * @param plan     that it was trained by; null for other methods
 */
record Result(
        TrainingMethod method,
        double accuracy,
        double macroF1,
        List<TrainingStep> steps,
        MemoryReport memory,
        List<double[]> timeline,
        MemoryPlan plan) {

    /** Of a training that has no step behind it yet; steps and timeline can be added to. */
    static Result begun(TrainingMethod method, MemoryPlan plan) {
        return new Result(method, Double.NaN, Double.NaN, new ArrayList<>(), null, new ArrayList<>(), plan);
    }

    /** Median time of a training step; NaN without steps. */
    double stepSeconds() {
        return steps.isEmpty()
                ? Double.NaN
                : steps.stream().map(TrainingStep::seconds).sorted().toList().get(steps.size() / 2);
    }

    /** Reconstructions that checksums proved. */
    long proved() {
        return steps.stream().mapToLong(TrainingStep::proved).sum();
    }
}
