package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.revlayers.examples.TrainingMethod;
import org.revlayers.listeners.AdaptiveRazor;
import picocli.CommandLine;

class FinetuneOptionsTest {

    @Test
    void comparesPlainWithWhatSuitsTheModel() {
        assertEquals(List.of(TrainingMethod.PLAIN, TrainingMethod.APPROX), checked(FinetuneOptions.Model.HIERA_TINY));
        assertEquals(List.of(TrainingMethod.PLAIN, TrainingMethod.REVERSIBLE), checked(FinetuneOptions.Model.RESNET50));
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

    private static List<TrainingMethod> checked(FinetuneOptions.Model model) {
        FinetuneOptions options = new FinetuneOptions();
        options.model = model;
        options.check();
        return options.methods;
    }
}
