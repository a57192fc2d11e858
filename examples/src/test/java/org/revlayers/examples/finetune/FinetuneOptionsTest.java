package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.revlayers.examples.CommandRun;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.listeners.AdaptiveRazor;
import picocli.CommandLine;

class FinetuneOptionsTest {

    @Test
    void comparesPlainWithWhatSuitsTheModel() {
        FinetuneOptions shown = checked(FinetuneModel.HIERA_TINY);
        assertEquals(List.of(TrainingMethod.PLAIN, TrainingMethod.PLAN, TrainingMethod.REVERSIBLE), shown.methods);
        assertEquals(List.of("--budget=25%", "--allow=approximate-gradients"), shown.plan.arguments());
        assertEquals(List.of(TrainingMethod.PLAIN, TrainingMethod.REVERSIBLE), checked(FinetuneModel.RESNET50).methods);
    }

    @Test
    void aPlanThatIsAskedForIsExactUnlessSaidOtherwise() {
        FinetuneOptions asked = parsed("--method", "plan");
        asked.check();
        assertEquals(List.of("--budget=30%", "--allow=same-function"), asked.plan.arguments());
        FinetuneOptions given = parsed("--budget", "40%", "--allow", "same-function");
        given.check();
        assertEquals(List.of("--budget=40%", "--allow=same-function"), given.plan.arguments());
    }

    @Test
    void adaptiveRatiosAreForTheRazor() {
        FinetuneOptions options = new FinetuneOptions();
        new CommandLine(options).parseArgs("--method", "razor", "--adaptive");
        options.check();
        assertEquals(AdaptiveRazor.INTERVAL, options.adaptive);
        FinetuneOptions every = new FinetuneOptions();
        new CommandLine(every).parseArgs("--method", "approx", "--adaptive=20");
        assertEquals(20, every.adaptive);
        String message =
                assertThrows(IllegalArgumentException.class, every::check).getMessage();
        assertTrue(message.contains("--method razor"), message);
    }

    /** A wrong size is said before the folder for the results is made. */
    @ParameterizedTest
    @CsvSource({"resnet50, 32", "hiera-tiny, 33", "hiera-tiny, 256"})
    void aWrongSizeLeavesNoFolder(String model, String size, @TempDir Path folder) {
        Path out = folder.resolve("out");
        CommandRun run = CommandRun.of("finetune", "--model", model, "--size", size, "--out", out.toString());
        assertEquals(2, run.code(), run::err);
        assertTrue(run.err().contains("--size of " + model), run::err);
        assertTrue(Files.notExists(out));
    }

    /** It reads no --size, so no pixels limit its batch. */
    @Test
    void textsHaveNoPixels(@TempDir Path folder) {
        FinetuneOptions texts = parsed("--model", "minilm", "--batch", "20000", "--out", folder.toString());
        texts.check();
        assertEquals(20_000, texts.batch);
        FinetuneOptions images = parsed("--model", "resnet50", "--size", "224", "--batch", "20000");
        String message = assertThrows(UsageException.class, images::check).getMessage();
        assertTrue(message.contains("more pixels than an array holds"), message);
    }

    private static FinetuneOptions parsed(String... arguments) {
        FinetuneOptions options = new FinetuneOptions();
        new CommandLine(options).parseArgs(arguments);
        return options;
    }

    private static FinetuneOptions checked(FinetuneModel model) {
        FinetuneOptions options = new FinetuneOptions();
        options.model = model;
        options.check();
        return options;
    }
}
