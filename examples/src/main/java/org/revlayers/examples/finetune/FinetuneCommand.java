package org.revlayers.examples.finetune;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.revlayers.examples.shared.FetchBar;
import org.revlayers.internal.backend.StartupReport;
import org.revlayers.internal.fetch.Fetch;
import org.revlayers.internal.files.WholeFile;
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
            "Prints accuracy, time and memory and writes report.html. Checkpoints are written on the way; --resume goes on."
        })
public final class FinetuneCommand implements Callable<Integer> {

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
        Fetch fetch = Fetch.standard(new FetchBar());
        Task task =
                switch (options.model) {
                    case HIERA_TINY -> new HieraTask(fetch, options);
                    case MINILM -> new MiniLmTask(fetch, options);
                    case VIT -> new VitTask(options);
                    case RESNET50 -> new ResNet50Task(fetch, options);
                };
        task.warnings().forEach(spec.commandLine().getErr()::println);
        PrintWriter text = spec.commandLine().getOut();
        text.println(task.describe());
        text.flush();
        try (Stop stop = Stop.open()) {
            List<Result> results = new FineTuner(task, options, stop).run();
            if (results == null) {
                return 130;
            }
            text.print(table(results));
            byte[] json = json(results).getBytes(StandardCharsets.UTF_8);
            WholeFile.write(options.out.resolve("results.json"), out -> out.write(json));
            new HtmlReport(task.describe(), StartupReport.line(), results).write(options.out.resolve("report.html"));
            text.println("pictures in " + options.out.resolve("report.html"));
            text.flush();
            return 0;
        }
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
                + " gradients and updater state;\nprocess: the operating system's figure for the whole program,"
                + " data and frozen stages included. approx has an approximate activation derivative.\n");
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

    /** What was measured, and per step with other coefficients than the one before its (alpha, beta). */
    static String json(List<Result> results) {
        StringBuilder out = new StringBuilder("[");
        for (Result r : results) {
            out.append(out.length() > 1 ? ",\n " : "")
                    .append(String.format(
                            Locale.ROOT,
                            "{\"method\":\"%s\",\"accuracy\":%.6f,\"macroF1\":%.6f,\"stepSeconds\":%s,\"coefficients\":%s,"
                                    + "\"memory\":%s}",
                            r.method().label(),
                            r.accuracy(),
                            r.macroF1(),
                            Double.isNaN(r.stepSeconds())
                                    ? "null"
                                    : String.format(Locale.ROOT, "%.4f", r.stepSeconds()),
                            CoefficientChanges.has(r) ? CoefficientChanges.of(r).toJson() : "null",
                            r.memory() == null ? "null" : r.memory().toJson()));
        }
        return out.append("]\n").toString();
    }
}
