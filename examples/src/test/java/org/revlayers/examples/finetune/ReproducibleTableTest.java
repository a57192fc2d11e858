package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.examples.shared.TrainingMethod;

/** Complaint: a table that cannot be reproduced (GACT #2). */
class ReproducibleTableTest {

    private static final List<TrainingMethod> METHODS =
            List.of(TrainingMethod.PLAIN, TrainingMethod.APPROX, TrainingMethod.RAZOR, TrainingMethod.REVERSIBLE);

    private static FinetuneOptions options(Path out, long seed, List<TrainingMethod> methods) {
        FinetuneOptions options = new FinetuneOptions();
        options.batch = 4;
        options.epochs = 3;
        options.methods = methods;
        options.seed = seed;
        options.out = out;
        return options;
    }

    private static List<Result> run(Path out, long seed, List<TrainingMethod> methods) throws IOException {
        return new FineTuner(new ToyTask(), options(out, seed, methods)).run();
    }

    private static List<Double> losses(Result result) {
        return result.steps().stream().map(TrainingStep::loss).toList();
    }

    private static INDArray parameters(Path out, TrainingMethod method) throws IOException {
        return new Checkpoint(out).load(method).model().params();
    }

    @Test
    void theSameSeedGivesTheSameTableAndBitsTwice(@TempDir Path one, @TempDir Path two, @TempDir Path other)
            throws IOException {
        List<Result> first = run(one, 5, METHODS);
        List<Result> second = run(two, 5, METHODS);
        for (int i = 0; i < METHODS.size(); i++) {
            Result a = first.get(i);
            Result b = second.get(i);
            String method = a.method().label();
            assertEquals(a.accuracy(), b.accuracy(), 0.0, method);
            assertEquals(a.macroF1(), b.macroF1(), 0.0, method);
            assertEquals(losses(a), losses(b), method);
            assertEquals(a.memory().rows(), b.memory().rows(), method);
            assertEquals(a.memory().peakBytes(), b.memory().peakBytes(), method + ", peak");
            INDArray expected = parameters(one, a.method());
            assertTrue(expected.equalsWithEps(parameters(two, a.method()), 0), method + ", parameters");
        }
        Result otherSeed = run(other, 6, METHODS.subList(0, 1)).get(0);
        assertNotEquals(losses(first.get(0)), losses(otherSeed), "the seed does something");
    }

    private static List<Result> onItsOwnThread(Path out, List<TrainingMethod> methods) throws Exception {
        FutureTask<List<Result>> task = new FutureTask<>(() -> run(out, 5, methods));
        new Thread(task, "finetune").start();
        return task.get();
    }

    /** No row depends on the rows above it. DL4J's workspaces belong to the thread and do not shrink. */
    @Test
    void aMethodAloneGivesItsRowOfTheTable(@TempDir Path all, @TempDir Path alone) throws Exception {
        Result row = onItsOwnThread(all, METHODS).get(3);
        Result single = onItsOwnThread(alone, METHODS.subList(3, 4)).get(0);
        assertEquals(losses(row), losses(single));
        assertEquals(row.accuracy(), single.accuracy(), 0.0);
        assertEquals(row.memory().rows(), single.memory().rows());
        assertEquals(row.memory().peakBytes(), single.memory().peakBytes(), "peak");
    }
}
