package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.examples.data.BatchIterator;
import org.revlayers.examples.shared.TrainingMethod;

/** A run that was stopped and resumed ends with the same bits as one that was not. */
class ResumeTest {

    private static final int STEPS = 18; // three epochs of 22 items in batches of 4

    private static FinetuneOptions options(TrainingMethod method, Path out) {
        FinetuneOptions options = new FinetuneOptions();
        options.batch = 4;
        options.epochs = 3;
        options.adaptive = 3; // for the razor
        options.methods = List.of(method);
        options.out = out;
        return options;
    }

    private static void assertSameBits(Task task, TrainingMethod method, Path whole, Path halves) throws IOException {
        Result uninterrupted = new FineTuner(task, options(method, whole)).run().get(0);
        assertEquals(STEPS, uninterrupted.steps().size());
        INDArray expected = new Checkpoint(whole).load(method).model().params();

        // Eight steps by hand, then a checkpoint, as Ctrl-C leaves one in the middle of the second epoch.
        FinetuneOptions options = options(method, halves);
        Trainee net = new FineTuner(task, options).start(method, STEPS, plan -> {});
        INDArray start = net.model().params().dup();
        new FineTuner(task, options).listen(net, method);
        BatchIterator batches = task.train(options.seed);
        for (int step = 0; step < 8; step++) {
            if (step == 6) {
                batches.reset();
            }
            DataSet batch = batches.next();
            net.fit(batch);
        }
        new Checkpoint(halves).save(method, net, new RunState(options.decisive(), Result.begun(method, null)), true);
        options.resume = true;
        Result resumed = new FineTuner(task, options).run().get(0);
        assertEquals(STEPS - 8, resumed.steps().size());
        assertEquals(uninterrupted.accuracy(), resumed.accuracy(), 0.0);
        for (int i = 8; i < STEPS; i++) {
            TrainingStep a = uninterrupted.steps().get(i);
            TrainingStep b = resumed.steps().get(i - 8);
            assertEquals(a.loss(), b.loss(), 0.0, "loss of step " + a.number());
            assertEquals(a.coefficients(), b.coefficients(), "coefficients of step " + a.number());
        }
        INDArray parameters = new Checkpoint(halves).load(method).model().params();
        assertEquals(expected, parameters);
        assertEquals(0.0, expected.sub(parameters).amaxNumber().doubleValue());
        assertTrue(expected.sub(start).amaxNumber().doubleValue() > 1e-3, "it learned");
    }

    @ParameterizedTest
    @EnumSource(names = {"APPROX", "REVERSIBLE", "RAZOR"})
    void resumedRunEndsWithTheSameBits(TrainingMethod method, @TempDir Path whole, @TempDir Path halves)
            throws IOException {
        assertSameBits(new ToyTask(), method, whole, halves);
    }

    /** A ComputationGraph of stock layers, with the running statistics of batch normalisation. */
    @ParameterizedTest
    @EnumSource(names = {"PLAIN", "CHECKPOINT", "REVERSIBLE", "REVERSIBLE_FIXED", "RAZOR"})
    void resumedGraphEndsWithTheSameBits(TrainingMethod method, @TempDir Path whole, @TempDir Path halves)
            throws IOException {
        assertSameBits(new ToyGraphTask(), method, whole, halves);
        Trainee trained = new Checkpoint(halves).load(method);
        assertInstanceOf(ComputationGraph.class, trained.model());
        assertEquals(STEPS, trained.steps());
        assertEquals(method.chains(), !trained.chains().isEmpty(), "chains");
    }
}
