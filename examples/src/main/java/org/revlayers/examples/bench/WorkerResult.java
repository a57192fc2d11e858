package org.revlayers.examples.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.revlayers.MemoryPlan;
import org.revlayers.internal.backend.StartupReport;
import org.revlayers.internal.kernel.linear.Gemm;

/**
 * What one worker process measured, as a line that it writes and its parent reads. Memory in bytes.
 *
 * @param stepSeconds every counted step
 * @param kept        for backward; 0 if this worker did not account
 * @param peak        of live arrays in a step; 0 if this worker did not account
 * @param rest        weights, gradients, updater state
 * @param process     the process's peak after the counted steps; 0 where the system does not tell
 * @param machine     what ran it
 * @param predicted   of a plan; null without one
 */
record WorkerResult(
        List<Double> stepSeconds, long kept, long peak, long rest, long process, Machine machine, Predicted predicted) {

    /**
     * What runs underneath.
     *
     * @param backend and binary
     * @param blas    core of ND4J's, and what computes our products
     * @param threads that operations run on
     */
    record Machine(String backend, String blas, int threads) {

        static Machine ofThis() {
            return new Machine(
                    StartupReport.backend() + " " + StartupReport.binary(),
                    StartupReport.blasCore() + ", gemm " + Gemm.name(),
                    StartupReport.threads());
        }
    }

    /** What a plan says of a step beforehand. */
    record Predicted(long kept, long peak, double stepSeconds) {

        static Predicted of(MemoryPlan plan) {
            return new Predicted(plan.keptBytes(), plan.peakBytes(), plan.seconds());
        }
    }

    static final String PREFIX = "bench-result";

    String toLine() {
        return String.join(
                "\t",
                PREFIX,
                "steps=" + stepSeconds.stream().map(String::valueOf).collect(Collectors.joining(",")),
                "kept=" + kept,
                "peak=" + peak,
                "rest=" + rest,
                "process=" + process,
                "backend=" + machine.backend,
                "blas=" + machine.blas,
                "threads=" + machine.threads,
                predicted == null
                        ? ""
                        : "planned=" + predicted.kept + "," + predicted.peak + "," + predicted.stepSeconds);
    }

    static WorkerResult parse(String line) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String part : line.split("\t")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                values.put(part.substring(0, equals), part.substring(equals + 1));
            }
        }
        return new WorkerResult(
                Arrays.stream(values.get("steps").split(","))
                        .map(Double::valueOf)
                        .toList(),
                Long.parseLong(values.get("kept")),
                Long.parseLong(values.get("peak")),
                Long.parseLong(values.get("rest")),
                Long.parseLong(values.get("process")),
                new Machine(values.get("backend"), values.get("blas"), Integer.parseInt(values.get("threads"))),
                predicted(values.get("planned")));
    }

    private static Predicted predicted(String text) {
        if (text == null) {
            return null;
        }
        String[] parts = text.split(",");
        return new Predicted(Long.parseLong(parts[0]), Long.parseLong(parts[1]), Double.parseDouble(parts[2]));
    }
}
