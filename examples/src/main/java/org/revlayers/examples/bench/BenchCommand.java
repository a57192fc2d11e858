package org.revlayers.examples.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.examples.shared.WorkerProcess;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench}: one model by several methods, each in fresh processes, in turn. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Trains the same model (random weights and data, fp32, SGD) by several methods and compares time and memory.",
            "Every method runs in processes of its own, in turn, so that a busy machine slows all alike.",
            "",
            "stepSeconds: median of all counted steps; stepSpread: (slowest - fastest) / median.",
            "keptMiB: kept for backward when the forward pass has ended; peakMiB: peak of live arrays in a step beyond weights,"
                    + " gradients and updater state. For stock-samediff both are counted in one further step by SameDiffTrainer, since"
                    + " SameDiff.fit does not say: fit itself needs at least that. For stock-dl4j they are layer outputs and"
                    + " workspaces, without what SameDiff layers keep elsewhere.",
            "processPeakMiB: the operating system's peak of the whole process in its warm-up, behind whose steps the garbage collector"
                    + " runs, as it does not between counted ones; median over the rounds.",
            "resnet50 is of stock layers: stock-dl4j is the graph as DL4J runs it; in all others its layers are in containers of this"
                    + " library, on its hosts, in plain such that keep everything.",
            "torch, torch-*, java-torch*: the same network in PyTorch for Python and in JavaCPP's, with fused attention (sdpa) in all but torch and java-torch; kept is what autograd saves, peak what PyTorch's allocator has; not measured of java-torch*."
                    + " Its process has PyTorch's libraries, CUDA's among them.",
            "stock-samediff runs with ND4J's array cache on, as by default.",
            "stock-* use ND4J's one GELU op, x*sigmoid(1.702x), faster than erf from elementary ops;"
                    + " SelfAttentionLayer of stock-dl4j has no biases."
        })
public final class BenchCommand implements Callable<Integer> {

    private static final String METHODS =
            "plain, approx, recompute, checkpoint, reversible, reversible+approx, razor, razor+approx, in-place, half, int8, bsr, bsr+razor, bsr+reversible, plan, memory, reversible-fixed, reversible-random,"
                    + " stock-samediff, stock-dl4j, " + Peers.NAMES;
    private static final long SECOND = 1_000_000_000L;

    @Mixin
    private ShapeOptions shapes = new ShapeOptions();

    @Mixin
    private Peers peers = new Peers();

    @Option(
            names = "--methods",
            split = ",",
            defaultValue = "plain,approx,stock-samediff",
            description = {"of " + METHODS, "(default ${DEFAULT-VALUE})"})
    private List<String> methods;

    @Option(
            names = "--depth",
            split = ",",
            defaultValue = "0",
            description = "blocks, several with commas; 0 is the model's own number (default)")
    private List<Integer> depths;

    @Option(
            names = "--steps",
            defaultValue = "6",
            description = "counted steps per method, over all rounds (default ${DEFAULT-VALUE})")
    private int steps;

    @Option(
            names = "--warm-up",
            defaultValue = "2",
            description =
                    "steps before the counted ones, in every process (default ${DEFAULT-VALUE}); where a step takes less than a second the JVM compiles for some dozens: take 30")
    private int warmUp;

    @Option(
            names = "--rounds",
            defaultValue = "0",
            description = "how often each method gets a process (default 2, or the number of steps if that is less)")
    private int rounds;

    @Option(
            names = "--json",
            description = {
                "one JSON line per method, budget and depth on standard output; of the method memory with its words, of a plan with what it predicted:",
                "budget, predictedPeakMiB, predictedKeptMiB, predictedStepSeconds (null for other methods)"
            })
    private boolean json;

    @Spec
    private CommandSpec spec;

    private boolean noted;
    private long lastNews;

    @Override
    public Integer call() {
        if (warmUp < 0) {
            throw new UsageException("--warm-up has to be 0 or more; got " + warmUp);
        }
        if (steps < 1 || rounds < 0 || rounds > steps) {
            throw new UsageException("--steps has to be at least 1 and --rounds at most that; got " + steps
                    + " steps and " + rounds + " rounds");
        }
        Set<BenchMethod> chosen = new LinkedHashSet<>();
        methods.forEach(m -> BenchMethod.of(m).budgeted(shapes.plan.budgets()).forEach(chosen::add));
        List<TrainingMethod> ours =
                chosen.stream().map(BenchMethod::ours).filter(Objects::nonNull).toList();
        shapes.check(ours);
        List<BenchModel> sizes = depths.stream().map(shapes::shape).toList();
        sizes.forEach(size -> chosen.forEach(size::check));
        if (ours.stream().anyMatch(TrainingMethod::reprograms)) {
            sizes.forEach(size -> shapes.bsr.check(size.depth()));
        }
        peers.check(chosen);
        shapes.warnings(spec, ours).forEach(spec.commandLine().getErr()::println);
        PrintWriter out = spec.commandLine().getOut();
        List<BenchResult> all = new ArrayList<>();
        for (BenchModel shape : sizes) {
            List<BenchResult> results = measure(shape, chosen);
            all.addAll(results);
            for (BenchResult r : results) {
                if (json) {
                    out.println(r.toJson());
                    out.flush();
                }
                news(r.check());
            }
        }
        if (!json && !all.isEmpty()) {
            BenchTable.print(shapes, all, out);
        }
        return all.size() == sizes.size() * chosen.size() ? 0 : 1;
    }

    private List<BenchResult> measure(BenchModel shape, Set<BenchMethod> chosen) {
        Map<BenchMethod, Path> plans = new LinkedHashMap<>();
        try {
            return measure(shape, chosen, plans);
        } finally {
            plans.values().forEach(file -> file.toFile().delete());
        }
    }

    /** @param plans gets a file for each method that plans */
    private List<BenchResult> measure(BenchModel shape, Set<BenchMethod> chosen, Map<BenchMethod, Path> plans) {
        int passes = rounds > 0 ? rounds : Math.min(2, steps);
        Set<BenchMethod> left = new LinkedHashSet<>(chosen);
        for (BenchMethod method : chosen) {
            if (method.ours() == TrainingMethod.PLAN) {
                plans.put(method, temporary());
                String what = method.label() + ", depth " + shape.depth() + ", planning";
                news(what + ": starting");
                plan(method, what, arguments(method, shape, 0, plans), left);
            }
        }
        Map<BenchMethod, List<WorkerResult>> done = new LinkedHashMap<>();
        for (int round = 0; round < passes; round++) {
            int share = steps / passes + (round < steps % passes ? 1 : 0);
            for (BenchMethod method : left) {
                List<String> arguments = arguments(method, shape, share, plans);
                if (round == 0) {
                    arguments.add("--account");
                }
                String what = method.label() + ", depth " + shape.depth() + ", round " + (round + 1) + "/" + passes;
                news(what + ": starting");
                done.computeIfAbsent(method, m -> new ArrayList<>()).add(measured(what, method, arguments, true));
            }
        }
        List<BenchResult> results = new ArrayList<>();
        done.forEach((method, rounds) -> results.add(BenchResult.of(shapes, method, shape, rounds)));
        return results;
    }

    /** One budget that nothing fits does not take the others' results along: it is said, and the command's exit code is 1. */
    private void plan(BenchMethod method, String what, List<String> arguments, Set<BenchMethod> left) {
        try {
            measured(what, method, arguments, false);
        } catch (IllegalStateException e) {
            left.remove(method);
            spec.commandLine().getErr().println(method.label() + " is left out: " + e.getMessage());
        }
    }

    private List<String> arguments(BenchMethod method, BenchModel shape, int share, Map<BenchMethod, Path> plans) {
        List<String> arguments = new ArrayList<>(shapes.arguments());
        arguments.addAll(List.of("--method", method.label(), "--depth", Integer.toString(shape.depth())));
        arguments.addAll(List.of("--steps", Integer.toString(share), "--warm-up", Integer.toString(warmUp)));
        if (plans.containsKey(method)) {
            arguments.addAll(List.of("--plan-file", plans.get(method).toString()));
        }
        return arguments;
    }

    private static Path temporary() {
        try {
            return Files.createTempFile("revlayers-plan", ".json");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param steps whether it takes some; null without */
    private WorkerResult measured(String what, BenchMethod method, List<String> arguments, boolean steps) {
        WorkerResult[] result = new WorkerResult[1];
        StringBuilder said = new StringBuilder();
        WorkerProcess worker = method.isPeer()
                ? WorkerProcess.start(what, peers.command(method, arguments))
                : WorkerProcess.start(what, BenchWorker.class, arguments);
        int exit = worker.run(
                line -> {
                    if (line.startsWith(BenchWorker.PROGRESS)) {
                        sparingNews(what + ": " + line.substring(BenchWorker.PROGRESS.length() + 1));
                    } else if (line.startsWith(WorkerResult.PREFIX)) {
                        result[0] = WorkerResult.parse(line);
                    }
                },
                said::append);
        if (exit != 0 || steps && result[0] == null) {
            throw worker.failure(exit);
        }
        if (steps) {
            note(said.toString());
        } else {
            spec.commandLine().getErr().print(said);
        }
        return result[0];
    }

    /** What the first worker wrote to its error stream (warnings about slow binaries): once. */
    private void note(String said) {
        if (!noted && !said.isBlank()) {
            spec.commandLine().getErr().print(said);
        }
        noted = true;
    }

    private void news(String line) {
        lastNews = System.nanoTime();
        spec.commandLine().getErr().println("bench: " + line);
        spec.commandLine().getErr().flush();
    }

    /** At most one line a second. */
    private void sparingNews(String line) {
        if (System.nanoTime() - lastNews >= SECOND) {
            news(line);
        }
    }
}
