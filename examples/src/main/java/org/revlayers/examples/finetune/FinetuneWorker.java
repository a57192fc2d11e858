package org.revlayers.examples.finetune;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.revlayers.examples.shared.FetchBar;
import org.revlayers.examples.shared.PlanFile;
import org.revlayers.examples.shared.Planner;
import org.revlayers.examples.shared.Program;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.examples.shared.WorkerProcess;
import org.revlayers.internal.fetch.Fetch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * A program of its own: one method of {@code finetune} in this process, or what there is to do once for all of them. What it comes to is in its checkpoint; what
 * goes wrong it says in a line, which its parent throws on.
 */
@Command(name = "finetune-worker", description = "One method of finetune in this process.")
final class FinetuneWorker implements Callable<Integer> {

    private static final String FAILED = "finetune-failed";
    private static final int USAGE = 2;

    @Mixin
    private FinetuneOptions options = new FinetuneOptions();

    @Option(names = "--only", converter = TrainingMethod.Converter.class)
    private TrainingMethod only;

    /** See {@link Program#run}. */
    public static void main(String[] args) {
        Program.run(new FinetuneWorker(), args);
    }

    @Override
    public Integer call() {
        WorkerProcess.endWithParent();
        try {
            options.check();
            return work();
        } catch (IOException | RuntimeException e) {
            boolean usage = e instanceof UsageException;
            String told = e.getMessage() == null ? e.toString() : e.getMessage();
            System.out.println(String.join("\t", FAILED, usage ? "usage" : "error", told.replaceAll("\\s+", " ")));
            if (System.getenv("REVLAYERS_TRACE") != null) {
                e.printStackTrace();
            }
            return usage ? USAGE : 1;
        }
    }

    private int work() throws IOException {
        try (OutFolder mine = OutFolder.work(options.out)) {
            Task task = Task.of(Fetch.standard(new FetchBar()), options);
            PlanFile plan = new PlanFile(options.out.resolve("plan.json"));
            if (only == null) {
                task.prepare();
                if (MethodProcesses.plans(options)) {
                    Planner making = (net, batch, schedule) -> plan.make(options.plan, net, batch, schedule);
                    new FineTuner(task, options, new Stop(), making).plan();
                }
                return 0;
            }
            options.methods = List.of(only);
            try (Stop stop = Stop.open(() -> {})) {
                FineTuner tuner = new FineTuner(task, options, stop, (net, batch, schedule) -> plan.read());
                return tuner.run() == null ? FinetuneCommand.STOPPED : 0;
            }
        }
    }

    /**
     * Runs one, for its parent.
     *
     * @param method    null for what is done once for all
     * @param arguments of {@code finetune}
     * @param started   gets the process
     * @return whether it came to its end; else it was stopped
     */
    static boolean run(TrainingMethod method, List<String> arguments, Consumer<WorkerProcess> started) {
        List<String> all = new ArrayList<>(arguments);
        if (method != null) {
            all.add("--only=" + method.label());
        }
        WorkerProcess worker =
                WorkerProcess.start(method == null ? "what is done once" : method.label(), FinetuneWorker.class, all);
        started.accept(worker);
        List<String> failures = new ArrayList<>();
        int exit = worker.run(
                line -> Stream.of(line).filter(l -> l.startsWith(FAILED)).forEach(failures::add), piece -> {
                    System.err.print(piece);
                    System.err.flush();
                });
        if (!failures.isEmpty()) {
            String[] parts = failures.get(0).split("\t", 3);
            throw parts[1].equals("usage") ? new UsageException(parts[2]) : new IllegalStateException(parts[2]);
        }
        if (exit == FinetuneCommand.STOPPED || exit == FinetuneCommand.TERMINATED) {
            return false;
        }
        if (exit != 0) {
            throw worker.failure(exit);
        }
        return true;
    }
}
