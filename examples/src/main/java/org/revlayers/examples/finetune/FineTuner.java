package org.revlayers.examples.finetune;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.evaluation.EvaluationAveraging;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.chain.Coefficients;
import org.revlayers.examples.Conversion;
import org.revlayers.examples.Progress;
import org.revlayers.examples.TrainingMethod;
import org.revlayers.examples.data.BatchIterator;
import org.revlayers.listeners.AdaptiveRazor;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.memory.Arena;
import org.revlayers.memory.MemoryReport;
import org.revlayers.memory.ProcessMemory;

/**
 * Trains one method after the other from the same start on the same batches. On Ctrl-C the step in progress is finished and a checkpoint
 * is written; {@code --resume} goes on from there and ends with the parameters of an uninterrupted run.
 */
final class FineTuner {

    private static final int CHECKPOINT_STEPS = 100;
    private static final long STOP_SECONDS = 120;

    private final Task task;
    private final FinetuneOptions options;
    private final Checkpoint checkpoint;
    private volatile boolean stop;

    FineTuner(Task task, FinetuneOptions options) {
        this.task = task;
        this.options = options;
        this.checkpoint = new Checkpoint(options.out);
    }

    /** One result per method; null if it was stopped. */
    List<Result> run() throws IOException {
        CountDownLatch ended = new CountDownLatch(1);
        Thread hook = new Thread(() -> {
            stop = true;
            try {
                ended.await(STOP_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            List<Result> results = new ArrayList<>();
            for (TrainingMethod method : options.methods) {
                Result result = run(method);
                if (result == null) {
                    return null;
                }
                results.add(result);
            }
            return results;
        } finally {
            ended.countDown();
            if (!stop) {
                Runtime.getRuntime().removeShutdownHook(hook);
            }
        }
    }

    private WarmUpSchedule rate(int steps) {
        double peak = options.learningRate > 0 ? options.learningRate : task.learningRate();
        return new WarmUpSchedule(peak, steps / 10, steps);
    }

    private Result run(TrainingMethod method) throws IOException {
        BatchIterator batches = task.train(options.seed);
        int perEpoch = (batches.size() + options.batch - 1) / options.batch;
        int steps = perEpoch * options.epochs;
        Trainee net = options.resume && checkpoint.exists(method) ? checkpoint.load(method) : start(method, steps);
        int done = net.steps();
        MemoryListener memory = new MemoryListener();
        listen(net, method, memory);
        List<TrainingStep> history = new ArrayList<>();
        List<double[]> timeline = new ArrayList<>();
        // They do not shrink: this method's peak would count what the one before needed.
        Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
        Arena.current().trim();
        System.gc();
        ProcessMemory.resetPeak();
        MemoryReport report = null;
        try (Progress progress = Progress.of("fine-tuning, " + method.label(), steps)) {
            for (int step = 0; step < steps; step++) {
                if (step > 0 && step % perEpoch == 0) {
                    batches.reset();
                }
                DataSet batch = batches.next();
                if (step < done) {
                    continue;
                }
                boolean traced = history.size() == 2;
                long start = System.nanoTime();
                if (traced) {
                    Arena.current().trace(live -> timeline.add(new double[] {(System.nanoTime() - start) / 1e6, live}));
                }
                Coefficients coefficients =
                        method.reverses() ? net.chains().get(0).coefficients() : null;
                long proved = net.provedReconstructions();
                net.fit(batch);
                Arena.current().trace(null);
                MemoryReport now = memory.report();
                history.add(new TrainingStep(
                        step + 1,
                        net.score(),
                        (System.nanoTime() - start) / 1e9,
                        coefficients,
                        net.provedReconstructions() - proved,
                        now.keptBytes(),
                        now.peakBytes()));
                report = batch.numExamples() == options.batch || report == null ? now : report;
                progress.to(step + 1L);
                progress.note(String.format("loss %.3f", net.score()));
                if (stop) {
                    System.err.println("\nstopping: writing a checkpoint");
                }
                if (stop || (step + 1) % CHECKPOINT_STEPS == 0 || step + 1 == steps) {
                    checkpoint.save(method, net);
                }
                if (stop) {
                    System.err.printf(
                            "%nstopped after step %d of %d (%s); go on with --resume --out %s%n",
                            step + 1, steps, method.label(), options.out);
                    return null;
                }
            }
        }
        long processPeak = ProcessMemory.peakBytes().orElse(0);
        net.listen();
        Evaluation evaluation = evaluate(net, method);
        MemoryReport measured = report == null
                ? null
                : new MemoryReport(report.rows(), report.peakBytes(), java.util.OptionalLong.of(processPeak));
        return new Result(
                method, evaluation.accuracy(), evaluation.f1(EvaluationAveraging.Macro), history, measured, timeline);
    }

    /** Listens with what a method needs, and with others. */
    void listen(Trainee net, TrainingMethod method, TrainingListener... others) {
        List<TrainingListener> listeners = new ArrayList<>(List.of(others));
        if (options.adaptive > 0 && method.thins()) {
            listeners.add(AdaptiveRazor.every(options.adaptive));
        }
        net.listen(listeners.toArray(TrainingListener[]::new));
    }

    /** The same start for every method. */
    Trainee start(TrainingMethod method, int steps) throws IOException {
        Trainee net = Trainee.of(task.network(method.base(), rate(steps), options.seed));
        return net.converted(
                new Conversion(method, method.schedule(options.schedule.of(steps)), options.razor.options()));
    }

    private Evaluation evaluate(Trainee net, TrainingMethod method) {
        BatchIterator batches = task.test();
        Evaluation evaluation = new Evaluation(batches.totalOutcomes());
        try (Progress progress = Progress.of("test, " + method.label(), batches.size())) {
            for (long at = 0; batches.hasNext(); ) {
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
