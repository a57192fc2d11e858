package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.DoubleSummaryStatistics;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.revlayers.examples.shared.FetchBar;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.internal.fetch.Fetch;

/**
 * Accuracy of the methods on real data: three seeds (head, order of the items), at least 2,000 test items. The mean over the seeds of approx
 * is within half a point of plain's, those of razor (0.9 dropped) and of reversible with its schedule at most half a point below, and all better
 * than the linear probe on frozen features. Coefficients at their end values from the start are there to be compared with, without a bound.
 *
 * <p>{@code -Drevlayers.agree.items=32} rehearses: so many items, one epoch, one seed, and no bounds.
 */
@Tag("slow")
class MethodsAgreeTest {

    private static final Integer REHEARSAL = Integer.getInteger("revlayers.agree.items");
    private static final long[] SEEDS = REHEARSAL == null ? new long[] {1, 2, 3} : new long[] {1};
    private static final double HALF_A_POINT = 0.005;
    private static final List<TrainingMethod> OF_TRANSFORMERS = List.of(
            TrainingMethod.PLAIN,
            TrainingMethod.APPROX,
            TrainingMethod.RAZOR,
            TrainingMethod.REVERSIBLE,
            TrainingMethod.REVERSIBLE_FIXED);
    private static final List<TrainingMethod> OF_STOCK_LAYERS = List.of(
            TrainingMethod.PLAIN, TrainingMethod.RAZOR, TrainingMethod.REVERSIBLE, TrainingMethod.REVERSIBLE_FIXED);

    @Test
    void miniLmOnReuters(@TempDir Path out) throws IOException {
        FinetuneOptions options = options(FinetuneModel.MINILM, out, OF_TRANSFORMERS);
        items(options, 1000, 2133, 3);
        compare(new MiniLmTask(Fetch.standard(new FetchBar()), options), options, 0.937);
    }

    @Test
    void hieraTinyOnCifar10(@TempDir Path out) throws IOException {
        FinetuneOptions options = options(FinetuneModel.HIERA_TINY, out, OF_TRANSFORMERS);
        options.size = 64;
        items(options, 4000, 5000, 3);
        compare(new HieraTask(Fetch.standard(new FetchBar()), options), options, 0.580);
    }

    @Test
    void resNet50OnCifar10(@TempDir Path out) throws IOException {
        FinetuneOptions options = options(FinetuneModel.RESNET50, out, OF_STOCK_LAYERS);
        items(options, 1000, 2000, 2);
        compare(new ResNet50Task(Fetch.standard(new FetchBar()), options), options, 0.672);
    }

    private static FinetuneOptions options(FinetuneModel model, Path out, List<TrainingMethod> methods) {
        FinetuneOptions options = new FinetuneOptions();
        options.model = model;
        options.out = out;
        options.methods = methods;
        options.check();
        return options;
    }

    private static void items(FinetuneOptions options, int train, int test, int epochs) {
        options.trainItems = REHEARSAL == null ? train : REHEARSAL;
        options.testItems = REHEARSAL == null ? test : REHEARSAL;
        options.epochs = REHEARSAL == null ? epochs : 1;
    }

    private static void compare(Task task, FinetuneOptions options, double probe) throws IOException {
        System.out.println(task.describe());
        Map<TrainingMethod, double[]> accuracy = new EnumMap<>(TrainingMethod.class);
        for (int i = 0; i < SEEDS.length; i++) {
            options.seed = SEEDS[i];
            List<Result> results = new FineTuner(task, options).run();
            System.out.print("seed " + SEEDS[i] + "\n" + FinetuneCommand.table(results));
            for (Result r : results) {
                accuracy.computeIfAbsent(r.method(), m -> new double[SEEDS.length])[i] = r.accuracy();
            }
        }
        Map<TrainingMethod, DoubleSummaryStatistics> summary = new EnumMap<>(TrainingMethod.class);
        accuracy.forEach(
                (method, values) -> summary.put(method, DoubleStream.of(values).summaryStatistics()));
        summary.forEach((method, s) -> System.out.printf(
                Locale.ROOT,
                "%s: mean %.4f, from %.4f to %.4f%n",
                method.label(),
                s.getAverage(),
                s.getMin(),
                s.getMax()));
        if (REHEARSAL == null) {
            checkBounds(summary, probe);
        }
    }

    private static void checkBounds(Map<TrainingMethod, DoubleSummaryStatistics> summary, double probe) {
        double plain = summary.get(TrainingMethod.PLAIN).getAverage();
        for (TrainingMethod method : List.of(TrainingMethod.RAZOR, TrainingMethod.REVERSIBLE)) {
            double mean = summary.get(method).getAverage();
            assertTrue(plain - mean <= HALF_A_POINT, method.label() + " reaches " + mean + ", plain " + plain);
        }
        if (summary.containsKey(TrainingMethod.APPROX)) {
            double approx = summary.get(TrainingMethod.APPROX).getAverage();
            assertEquals(plain, approx, HALF_A_POINT, "mean accuracy of approx against plain");
        }
        summary.forEach((method, s) -> assertTrue(
                method == TrainingMethod.REVERSIBLE_FIXED || s.getAverage() > probe,
                method.label() + " reaches " + s.getAverage() + ", the linear probe " + probe));
    }
}
