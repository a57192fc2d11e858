package org.revlayers.examples.finetune;

import java.util.List;
import org.revlayers.examples.TrainingMethod;
import org.revlayers.memory.MemoryReport;

/**
 * What one method came to.
 *
 * @param accuracy    share of test items classified correctly
 * @param macroF1     mean over the classes of their F1
 * @param stepSeconds median time of a training step
 * @param losses      training loss of every step of this process
 * @param memory      of the latest step: kept, peak; the process's peak while this method trained
 * @param schedule    {α, β} of every step, empty without chains
 * @param checks      reconstructions that a checksum proved
 * @param timeline    live bytes of the layers over one step, {milliseconds, bytes} pairs
 */
record Result(
        TrainingMethod method,
        double accuracy,
        double macroF1,
        double stepSeconds,
        List<Double> losses,
        MemoryReport memory,
        List<double[]> schedule,
        long checks,
        List<double[]> timeline) {}
