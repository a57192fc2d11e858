package org.revlayers.examples.finetune;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.MemoryPlan;
import org.revlayers.examples.data.BatchIterator;
import org.revlayers.examples.shared.Conversion;
import org.revlayers.examples.shared.Planner;
import org.revlayers.examples.shared.Progress;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.memory.ProcessMemory;
import org.revlayers.listeners.AdaptiveRazor;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.memory.MemoryReport;
import org.revlayers.reversible.Coefficients;

/**
 * Trains one method after the other from the same start on the same batches. A checkpoint is written at every epoch and every few minutes; when the process is
 * asked to end, the step in progress is finished and one is written; {@code --resume} goes on from there, also after a kill, and ends with the parameters and
 * the table of an uninterrupted run.
 */
final class FineTuner {

    private static final double NANOSECONDS = 60e9;

    private final Task task;
    private final FinetuneOptions options;
    private final Checkpoint checkpoint;
    private final Stop stop;
    private final Planner planner;

    FineTuner(Task task, FinetuneOptions options) {
        this(task, options, new Stop(), options.plan::plan);
    }

    /** @param planner of the method that plans */
    FineTuner(Task task, FinetuneOptions options, Stop stop, Planner planner) {
        this.task = task;
        this.options = options;
        this.checkpoint = new Checkpoint(options.out);
        this.stop = stop;
        this.planner = planner;
    }

    /** One result per method; null if it was stopped. */
    List<Result> run() throws IOException {
        List<Result> results = new ArrayList<>();
        for (TrainingMethod method : options.methods) {
            Result result = run(method);
            if (result == null) {
                return null;
            }
            results.add(result);
        }
        return results;
    }

    private WarmUpSchedule rate(int steps) {
        double peak = options.learningRate != null ? options.learningRate : task.learningRate();
        return new WarmUpSchedule(peak, steps / 10, steps);
    }

    private int perEpoch(BatchIterator batches) {
        return (batches.size() + options.batch - 1) / options.batch;
    }

    /** Makes the plan of the training, over its number of steps, and takes none of them. */
    void plan() throws IOException {
        int steps = Math.multiplyExact(perEpoch(task.train(options.seed)), options.epochs);
        start(TrainingMethod.PLAN, steps, made -> {});
    }

    private Result run(TrainingMethod method) throws IOException {
        BatchIterator batches = task.train(options.seed);
        int perEpoch = perEpoch(batches);
        int steps = Math.multiplyExact(perEpoch, options.epochs);
        Checkpoint.Loaded loaded = null;
        if (options.resume && checkpoint.exists(method)) {
            loaded = checkpoint.resume(method, json -> WarmUpSchedule.stretched(json, steps));
            RunState state = loaded.state();
            state.requireSame(options.decisive());
            if (state.isEvaluated() && state.result().steps().size() == steps) {
                return state.result();
            }
            int done = loaded.net().steps();
            UsageException.unless(
                    done <= steps,
                    "--resume: --epochs " + options.epochs + " is less than the " + done + " steps that are done, of "
                            + perEpoch + " an epoch: give more, or another --out");
        } else if (options.resume) {
            System.err.println("no checkpoint of " + method.label() + " in " + options.out + ": it starts afresh");
        }
        MemoryPlan[] plan = new MemoryPlan[1];
        Training training = loaded == null
                ? new Training(
                        start(method, steps, made -> plan[0] = made),
                        steps,
                        perEpoch,
                        false,
                        Result.begun(method, plan[0]))
                : new Training(
                        loaded.net(), steps, perEpoch, true, loaded.state().result());
        return training.run(batches) ? training.result : null;
    }

    /** Listens with what a method needs, and with others. */
    void listen(Trainee net, TrainingMethod method, TrainingListener... others) {
        List<TrainingListener> listeners = new ArrayList<>(List.of(others));
        if (options.adaptive != null && method.thins()) {
            listeners.add(AdaptiveRazor.every(options.adaptive));
        }
        net.listen(listeners.toArray(TrainingListener[]::new));
    }

    /**
     * The same start for every method.
     *
     * @param planned is told of the plan, if one is made
     */
    Trainee start(TrainingMethod method, int steps, Consumer<MemoryPlan> planned) throws IOException {
        DataSet first = task.train(options.seed).next();
        Trainee net = Trainee.of(task.network(method.base(), rate(steps), options.seed));
        return net.converted(
                new Conversion(
                        method,
                        method.schedule(options.schedule.of(steps), options.gamma.schedule()),
                        options.razor.memory(),
                        (built, batch, schedule) -> {
                            MemoryPlan plan = planner.plan(built, batch, schedule);
                            planned.accept(plan);
                            return plan;
                        },
                        options.memory.memory(),
                        options.bsr),
                () -> first);
    }

    /** One method's training and evaluation, and its checkpoints. */
    private final class Training {

        private final TrainingMethod method;
        private final Trainee net;
        private final int steps;
        private final int perEpoch;

        /** Whether the checkpoint that is there is this run's. */
        private boolean continues;

        private Result result;
        private long saved = System.nanoTime();

        Training(Trainee net, int steps, int perEpoch, boolean continues, Result result) {
            this.method = result.method();
            this.net = net;
            this.steps = steps;
            this.perEpoch = perEpoch;
            this.continues = continues;
            this.result = result;
        }

        /** Whether it came to its end. */
        boolean run(BatchIterator batches) throws IOException {
            if (!train(batches)) {
                stopped("after step " + net.steps() + " of " + steps);
                return false;
            }
            net.listen();
            Evaluation evaluation = evaluate();
            if (evaluation == null) {
                stopped("in the evaluation");
                return false;
            }
            result = new Result(
                    method,
                    evaluation.accuracy(),
                    Scores.macroF1(evaluation),
                    result.steps(),
                    result.memory(),
                    result.timeline(),
                    result.plan());
            save();
            return true;
        }

        private void stopped(String where) {
            System.err.printf("stopped %s (%s); go on with --resume --out %s%n", where, method.label(), options.out);
        }

        private boolean train(BatchIterator batches) throws IOException {
            MemoryListener memory = new MemoryListener();
            listen(net, method, memory);
            // They do not shrink: this method's peak would count what the one before needed.
            Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
            Arena.current().trim();
            System.gc();
            ProcessMemory.resetPeak();
            int done = net.steps();
            if (done > 0) {
                batches.seek((done - 1) / perEpoch, done - (done - 1) / perEpoch * perEpoch);
            }
            try (Progress progress = Progress.of("fine-tuning, " + method.label(), steps)) {
                for (int step = done; step < steps; step++) {
                    if (step > 0 && step % perEpoch == 0) {
                        batches.reset();
                    }
                    step(step, batches.next(), memory);
                    progress.to(step + 1L);
                    progress.note(String.format("loss %.3f", net.score()));
                    boolean due = System.nanoTime() - saved >= options.checkpointEvery * NANOSECONDS;
                    if (stop.isAsked() || (step + 1) % perEpoch == 0 || due) {
                        save();
                    }
                    if (stop.isAsked()) {
                        return false;
                    }
                }
            }
            return true;
        }

        private void step(int step, DataSet batch, MemoryListener memory) {
            boolean traced = result.steps().size() == 2;
            List<double[]> timeline = result.timeline();
            long start = System.nanoTime();
            if (traced) {
                timeline.clear();
                Arena.current().trace(live -> timeline.add(new double[] {(System.nanoTime() - start) / 1e6, live}));
            }
            Coefficients coefficients = net.coefficients();
            long proved = net.provedReconstructions();
            net.fit(batch);
            Arena.current().trace(null);
            if (!Double.isFinite(net.score())) {
                throw new IllegalStateException(method.label() + " diverged at step " + (step + 1) + " (loss "
                        + net.score() + "): give a lower --lr");
            }
            MemoryReport now = memory.report();
            result.steps()
                    .add(new TrainingStep(
                            step + 1,
                            net.score(),
                            (System.nanoTime() - start) / 1e9,
                            coefficients,
                            net.provedReconstructions() - proved,
                            now.keptBytes(),
                            now.peakBytes()));
            boolean whole = batch.numExamples() == options.batch || result.memory() == null;
            MemoryReport shown = whole ? now : result.memory();
            long peak = Math.max(
                    ProcessMemory.peakBytes().orElse(0),
                    result.memory() == null ? 0 : result.memory().processBytes().orElse(0));
            result = new Result(
                    method,
                    Double.NaN,
                    Double.NaN,
                    result.steps(),
                    new MemoryReport(shown.rows(), shown.peakBytes(), OptionalLong.of(peak), shown.writtenBytes()),
                    timeline,
                    result.plan());
        }

        private void save() throws IOException {
            checkpoint.save(method, net, new RunState(options.decisive(), result), continues);
            continues = true;
            saved = System.nanoTime();
        }

        /** Null if it was stopped. */
        private Evaluation evaluate() throws IOException {
            BatchIterator batches = task.test();
            Evaluation evaluation = new Evaluation(batches.totalOutcomes());
            try (Progress progress = Progress.of("test, " + method.label(), batches.size())) {
                for (long at = 0; batches.hasNext(); ) {
                    if (stop.isAsked()) {
                        return null;
                    }
                    DataSet batch = batches.next();
                    INDArray out = net.output(batch);
                    evaluation.eval(batch.getLabels(), out);
                    at += batch.numExamples();
                    progress.to(at);
                }
            }
            return evaluation;
        }
    }
}
