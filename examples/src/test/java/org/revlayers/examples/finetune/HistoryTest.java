package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.revlayers.examples.shared.TrainingMethod;

/** What a fine-tuning records of every step, and the pictures of it. */
class HistoryTest {

    private static final int STEPS = 18; // three epochs of 22 items in batches of 4

    private static FinetuneOptions options(Path out) {
        FinetuneOptions options = new FinetuneOptions();
        options.batch = 4;
        options.epochs = 3;
        options.methods = List.of(TrainingMethod.PLAIN, TrainingMethod.REVERSIBLE);
        options.out = out;
        return options;
    }

    @Test
    void everyStepHasItsMemoryAndItsChecks(@TempDir Path out) throws IOException {
        List<Result> results = new FineTuner(new ToyTask(), options(out)).run();
        List<TrainingStep> plain = results.get(0).steps();
        List<TrainingStep> reversible = results.get(1).steps();
        assertEquals(STEPS, plain.size());
        assertEquals(STEPS, reversible.size());
        for (int i = 0; i < STEPS; i++) {
            TrainingStep step = reversible.get(i);
            assertEquals(i + 1, step.number());
            assertEquals(1, step.proved(), "one chain, all of its sub-blocks in one run");
            assertNull(plain.get(i).coefficients());
            assertEquals(0, plain.get(i).proved());
            assertTrue(step.kept() > 0 && step.kept() < plain.get(i).kept(), step::toString);
            assertTrue(step.peak() >= step.kept(), step::toString);
        }
        assertEquals(STEPS, results.get(1).proved());
        assertEquals(1.0, reversible.get(0).coefficients().alpha());
        assertEquals(0.25, reversible.get(STEPS - 2).coefficients().beta());
        assertTrue(reversible.get(STEPS - 2).kept() < reversible.get(0).kept(), "fewer side bits at the end");

        Charts charts = new Charts(results);
        assertEquals(1, charts.reversing().size());
        for (var chart : List.of(charts.kept(), charts.peaks())) {
            assertEquals(2, chart.getSeriesMap().size());
            assertEquals(STEPS, chart.getSeriesMap().get("reversible").getXData().length);
        }
        double[] proved =
                charts.reconstructions().getSeriesMap().get("reversible").getYData();
        assertEquals(STEPS, proved[STEPS - 1]);

        Path page = out.resolve("report.html");
        new HtmlReport("toy", "machine", results).write(page);
        String text = Files.readString(page);
        assertEquals(6, text.split("data:image/png;base64", -1).length - 1, "pictures");
        assertTrue(text.contains("reversible: 18 reconstructions proved by checksum in 18 steps"), "count");
    }

    /** Steps are numbered over all processes; a finished run has none left, and says so. */
    @Test
    void aResumedRunNumbersItsStepsOnwards(@TempDir Path out) throws IOException {
        FinetuneOptions options = options(out);
        FineTuner tuner = new FineTuner(new ToyTask(), options);
        Trainee net = tuner.start(TrainingMethod.REVERSIBLE, STEPS, plan -> {});
        var batches = new ToyTask().train(options.seed);
        for (int i = 0; i < 5; i++) {
            net.fit(batches.next());
        }
        RunState begun = new RunState(options.decisive(), Result.begun(TrainingMethod.REVERSIBLE, null));
        new Checkpoint(out).save(TrainingMethod.REVERSIBLE, net, begun, true);
        options.methods = List.of(TrainingMethod.REVERSIBLE);
        options.resume = true;
        Result resumed = new FineTuner(new ToyTask(), options).run().get(0);
        assertEquals(6, resumed.steps().get(0).number());
        assertEquals(STEPS - 5, resumed.proved());
        Result finished = new FineTuner(new ToyTask(), options).run().get(0);
        assertEquals(resumed.steps(), finished.steps(), "its figures stay");
        assertEquals(resumed.stepSeconds(), finished.stepSeconds());
        Result none = new Result(TrainingMethod.PLAIN, 0, 0, List.of(), null, List.of(), null);
        new HtmlReport("toy", "machine", List.of(none)).write(out.resolve("empty.html"));
        assertTrue(Files.readString(out.resolve("empty.html")).contains("Too few steps for a picture."));
    }
}
