package org.revlayers.examples.finetune;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.revlayers.MemoryPlan;
import org.revlayers.examples.shared.FetchBar;
import org.revlayers.internal.backend.StartupReport;
import org.revlayers.internal.fetch.Fetch;
import org.revlayers.internal.machine.WholeFile;
import org.revlayers.internal.planner.PlanText;
import org.revlayers.memory.MemoryReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code finetune}: a real pretrained model, plain and memory-efficient in turn, in one table. */
@Command(
        name = "finetune",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Fine-tunes a pretrained model plain and memory-efficient in turn, from the same start on the same batches.",
            "Each method trains in a process of its own, so that the operating system's figure is its own.",
            "Prints accuracy, time and memory and writes report.html. Checkpoints are written on the way; --resume goes on."
        })
public final class FinetuneCommand implements Callable<Integer> {

    /** Exit code of a run that Ctrl-C stopped. */
    static final int STOPPED = 130;

    /** Of one that was asked to end otherwise. */
    static final int TERMINATED = 143;

    private static final double MIB = 1 << 20;

    @Mixin
    private FinetuneOptions options = new FinetuneOptions();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        options.check();
        try (OutFolder mine = OutFolder.take(options.out)) {
            options.warnings(spec).forEach(spec.commandLine().getErr()::println);
            return finetune();
        }
    }

    private int finetune() throws IOException {
        System.err.println(StartupReport.line());
        Task task = Task.of(Fetch.standard(new FetchBar()), options);
        task.warnings().forEach(spec.commandLine().getErr()::println);
        PrintWriter text = spec.commandLine().getOut();
        text.println(task.describe());
        text.flush();
        List<Result> results = new MethodProcesses(options, arguments()).run(task);
        if (results == null) {
            return STOPPED;
        }
        text.print(table(results));
        byte[] json = json(results).getBytes(StandardCharsets.UTF_8);
        WholeFile.write(options.out.resolve("results.json"), out -> out.write(json));
        new HtmlReport(task.describe(), StartupReport.line(), results).write(options.out.resolve("report.html"));
        text.println("pictures in " + options.out.resolve("report.html"));
        text.flush();
        return 0;
    }

    /** Of this command, as they were given. */
    private List<String> arguments() {
        List<String> all = spec.commandLine().getParseResult().originalArgs();
        return all.subList(all.indexOf(spec.name()) + 1, all.size());
    }

    static String table(List<Result> results) {
        StringBuilder out = new StringBuilder();
        out.append(String.format(
                "%-18s %9s %9s %9s %10s %10s %12s%n",
                "method", "accuracy", "macro-F1", "s / step", "kept MiB", "peak MiB", "process MiB"));
        for (Result r : results) {
            MemoryReport m = r.memory();
            out.append(String.format(
                    Locale.ROOT,
                    "%-18s %9.4f %9.4f %9.3f %10.1f %10.1f %12.0f%n",
                    r.method().label(),
                    r.accuracy(),
                    r.macroF1(),
                    r.stepSeconds(),
                    m == null ? Double.NaN : m.keptBytes() / MIB,
                    m == null ? Double.NaN : m.peakBytes() / MIB,
                    m == null ? Double.NaN : m.processBytes().orElse(0) / MIB));
        }
        out.append("kept: for backward when a forward pass has ended; peak: of live arrays in a step beyond weights,"
                + " gradients and updater state;\nprocess: the operating system's figure for a process that trains by this method alone, with the"
                + " JVM, ND4J, weights and data.\n");
        results.stream().filter(r -> r.plan() != null).forEach(r -> out.append(planWords(r)));
        results.stream().filter(CoefficientChanges::has).forEach(r -> out.append(
                        r.method().label())
                .append(": ")
                .append(CoefficientChanges.of(r).words())
                .append('\n'));
        results.stream()
                .filter(r -> r.memory() != null && r.memory().writtenBytes() > 0)
                .forEach(r -> out.append(String.format(
                        Locale.ROOT,
                        "%s: %.1f MiB written to a disk in a step, %.1f in this training%n",
                        r.method().label(),
                        r.memory().writtenBytes() / MIB,
                        r.steps().size() * r.memory().writtenBytes() / MIB)));
        out.append('\n');
        return out.toString();
    }

    /** What a plan was asked for and what it used. */
    private static String planWords(Result result) {
        MemoryPlan plan = result.plan();
        return String.format(
                Locale.ROOT,
                "%s: a peak of at most %.1f MiB, predicted %.1f MiB, of plain's %.1f MiB; %s%n",
                result.method().label(),
                plan.budgetBytes() / MIB,
                plan.peakBytes() / MIB,
                plan.plainPeakBytes() / MIB,
                PlanText.words(plan.exactness()));
    }

    /** What was measured, the plan of one that planned, and per step with other coefficients than the one before its (alpha, beta). */
    static String json(List<Result> results) {
        StringBuilder out = new StringBuilder("[");
        for (Result r : results) {
            out.append(out.length() > 1 ? ",\n " : "")
                    .append(String.format(
                            Locale.ROOT,
                            "{\"method\":\"%s\",\"accuracy\":%.6f,\"macroF1\":%.6f,\"stepSeconds\":%s,\"coefficients\":%s,"
                                    + "\"memory\":%s,\"plan\":%s}",
                            r.method().label(),
                            r.accuracy(),
                            r.macroF1(),
                            Double.isNaN(r.stepSeconds())
                                    ? "null"
                                    : String.format(Locale.ROOT, "%.4f", r.stepSeconds()),
                            CoefficientChanges.has(r) ? CoefficientChanges.of(r).toJson() : "null",
                            r.memory() == null ? "null" : r.memory().toJson(),
                            r.plan() == null ? "null" : r.plan().toJson()));
        }
        return out.append("]\n").toString();
    }
}
