package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.revlayers.examples.TrainingMethod;

class FinetuneOptionsTest {

    @Test
    void comparesPlainWithWhatSuitsTheModel() {
        assertEquals(List.of(TrainingMethod.PLAIN, TrainingMethod.APPROX), checked(FinetuneOptions.Model.HIERA_TINY));
        assertEquals(List.of(TrainingMethod.PLAIN, TrainingMethod.REVERSIBLE), checked(FinetuneOptions.Model.RESNET50));
    }

    private static List<TrainingMethod> checked(FinetuneOptions.Model model) {
        FinetuneOptions options = new FinetuneOptions();
        options.model = model;
        options.check();
        return options.methods;
    }
}
