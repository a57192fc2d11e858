package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.examples.TrainingMethod;
import org.revlayers.examples.data.BatchIterator;

/** A run that was stopped and resumed ends with the same bits as one that was not. */
class ResumeTest {

    @ParameterizedTest
    @EnumSource(names = {"APPROX", "REVERSIBLE", "RAZOR"})
    void resumedRunEndsWithTheSameBits(TrainingMethod method, @TempDir Path whole, @TempDir Path halves)
            throws IOException {
        Task task = new ToyTask();
        FinetuneOptions options = new FinetuneOptions();
        options.batch = 4;
        options.epochs = 3;
        options.adaptive = 3; // for the razor
        options.methods = java.util.List.of(method);
        options.out = whole;
        new FineTuner(task, options).run();
        INDArray expected = new Checkpoint(whole).load(method).model().params();

        // Eight steps by hand, then a checkpoint, as Ctrl-C leaves one in the middle of the second epoch.
        Trainee net = new FineTuner(task, options).start(method, 18);
        new FineTuner(task, options).listen(net, method);
        BatchIterator batches = task.train(options.seed);
        for (int step = 0; step < 8; step++) {
            if (step == 6) {
                batches.reset();
            }
            DataSet batch = batches.next();
            net.fit(batch);
        }
        new Checkpoint(halves).save(method, net);
        options.out = halves;
        options.resume = true;
        new FineTuner(task, options).run();
        INDArray resumed = new Checkpoint(halves).load(method).model().params();
        assertEquals(expected, resumed);
        assertEquals(0.0, expected.sub(resumed).amaxNumber().doubleValue());
    }
}
