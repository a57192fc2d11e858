package org.revlayers.examples.bench;

import java.util.List;
import java.util.Locale;
import org.revlayers.examples.shared.TrainingMethod;

/**
 * One method at one depth, over all its processes. Memory in bytes.
 *
 * @param memory      in words, of the method that is said in them; null for other methods
 * @param stepSeconds median over all counted steps
 * @param stepSpread  (slowest − fastest) / median
 * @param kept        negative where it was not measured, as is peak
 * @param process     median over the processes
 * @param budget      of a plan, as it was asked for; null for other methods
 * @param predicted   by the plan of the first process; null for other methods
 */
record BenchResult(
        String model,
        String method,
        String memory,
        int batch,
        int depth,
        double stepSeconds,
        double stepSpread,
        long kept,
        long peak,
        long rest,
        long process,
        WorkerResult.Machine machine,
        String budget,
        WorkerResult.Predicted predicted) {

    private static final double MIB = 1 << 20;

    static BenchResult of(ShapeOptions options, BenchMethod method, BenchModel shape, List<WorkerResult> rounds) {
        double[] steps = rounds.stream()
                .flatMap(r -> r.stepSeconds().stream())
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
        double median = median(steps);
        WorkerResult first = rounds.get(0);
        return new BenchResult(
                options.model,
                method.label(),
                method.ours() == TrainingMethod.MEMORY ? options.memory.memory().toString() : null,
                shape.batch(),
                shape.depth(),
                median,
                (steps[steps.length - 1] - steps[0]) / median,
                rounds.stream().mapToLong(WorkerResult::kept).max().orElse(0),
                rounds.stream().mapToLong(WorkerResult::peak).max().orElse(0),
                first.rest(),
                (long) median(rounds.stream()
                        .mapToDouble(WorkerResult::process)
                        .sorted()
                        .toArray()),
                first.machine(),
                first.predicted() == null ? null : method.budget(),
                first.predicted());
    }

    private static double median(double[] sorted) {
        int n = sorted.length;
        return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    }

    String toJson() {
        return String.format(
                Locale.ROOT,
                "{\"model\":\"%s\",\"method\":\"%s\",\"memory\":%s,\"batch\":%d,\"depth\":%d,\"stepSeconds\":%.4f,\"stepSpread\":%.3f,"
                        + "\"keptMiB\":%s,\"peakMiB\":%s,\"processPeakMiB\":%s,\"backend\":\"%s\",\"blas\":\"%s\",\"threads\":%d,"
                        + "\"budget\":%s,\"predictedPeakMiB\":%s,\"predictedKeptMiB\":%s,\"predictedStepSeconds\":%s}",
                model,
                method,
                quoted(memory),
                batch,
                depth,
                stepSeconds,
                stepSpread,
                measured(kept),
                measured(peak),
                process == 0 ? "null" : number("%.1f", process / MIB),
                machine.backend(),
                machine.blas(),
                machine.threads(),
                quoted(budget),
                predicted == null ? "null" : number("%.2f", predicted.peak() / MIB),
                predicted == null ? "null" : number("%.2f", predicted.kept() / MIB),
                predicted == null ? "null" : number("%.4f", predicted.stepSeconds()));
    }

    private static String measured(long bytes) {
        return bytes < 0 ? "null" : number("%.2f", bytes / MIB);
    }

    private static String quoted(String words) {
        return words == null ? "null" : "\"" + words + "\"";
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    static String header() {
        return String.format(
                "%-15s %5s %8s %7s %15s %17s %17s %19s %12s%n",
                "method",
                "depth",
                "s / step",
                "spread",
                "step : first",
                "kept MiB : first",
                "peak MiB : first",
                "process MiB : first",
                "peak + rest");
    }

    /** A row of the table, with ratios to another result. */
    String toRow(BenchResult first) {
        return String.format(
                Locale.ROOT,
                "%-15s %5d %8.3f %6.0f%% %14.2fx %10.1f %5.2fx %10.1f %5.2fx %12.0f %5.2fx %12.0f%n",
                method,
                depth,
                stepSeconds,
                stepSpread * 100,
                stepSeconds / first.stepSeconds,
                kept / MIB,
                (double) kept / first.kept,
                peak / MIB,
                (double) peak / first.peak,
                process / MIB,
                (double) process / first.process,
                (peak + rest) / MIB);
    }

    /** Whether the operating system's figure agrees with ours, as a line. */
    String check() {
        return String.format(
                Locale.ROOT,
                "%s, depth %d: process peak %.0f MiB = peak %.0f + weights, gradients and updater state %.0f + %.0f (JVM, libraries, workspace slack)",
                method,
                depth,
                process / MIB,
                peak / MIB,
                rest / MIB,
                (process - peak - rest) / MIB);
    }
}
