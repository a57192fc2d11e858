package org.revlayers.examples.finetune;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.examples.shared.WorkerProcess;

/**
 * Trains one method after the other, each in a process of its own. Asked to end, it passes that on, and ends when the process in progress has written its
 * checkpoint.
 *
 * @param options   of the run
 * @param arguments the same as they were given
 */
record MethodProcesses(FinetuneOptions options, List<String> arguments) {

    /** One result per method; null if it was stopped. */
    List<Result> run(Task task) throws IOException {
        AtomicReference<WorkerProcess> current = new AtomicReference<>();
        try (Stop stop = Stop.open(() -> stop(current.get()))) {
            List<TrainingMethod> all = new ArrayList<>(options.methods);
            if (task.isPrepared() || plans(options)) {
                all.add(0, null);
            }
            for (TrainingMethod method : all) {
                boolean ended = !stop.isAsked()
                        && FinetuneWorker.run(method, arguments, worker -> {
                            current.set(worker);
                            if (stop.isAsked()) {
                                worker.stop();
                            }
                        });
                if (!ended) {
                    if (method == null) {
                        System.err.println("stopped before any training; run it again");
                    }
                    return null;
                }
            }
        }
        Checkpoint checkpoint = new Checkpoint(options.out);
        List<Result> results = new ArrayList<>();
        for (TrainingMethod method : options.methods) {
            results.add(checkpoint.state(method).result());
        }
        return results;
    }

    /** Whether a plan has to be made: one that goes on has its own. */
    static boolean plans(FinetuneOptions options) {
        return options.methods.contains(TrainingMethod.PLAN)
                && !(options.resume && new Checkpoint(options.out).exists(TrainingMethod.PLAN));
    }

    private static void stop(WorkerProcess worker) {
        if (worker != null) {
            worker.stop();
        }
    }
}
