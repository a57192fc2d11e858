package org.revlayers.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.revlayers.training.SmallNet.Method;

/** What a step keeps for backward and how high it peaks, against what the shapes say. */
class KeptBytesTest {

    private static final int BLOCKS = 4;

    @ParameterizedTest
    @EnumSource(Method.class)
    void keptBytesAreThoseOfTheShapes(Method method) {
        try (SameDiffTrainer trainer = new SameDiffTrainer(SmallNet.graph(method, BLOCKS))) {
            trainer.fit(SmallNet.batch(1));
            long predicted = predicted(method);
            assertEquals(predicted, trainer.keptBytes(), 0.05 * predicted, () -> trainer.kept()
                    .toString());
        }
    }

    @Test
    void memorySavingOpsKeepAndPeakLower() {
        Map<Method, Long> kept = new EnumMap<>(Method.class);
        Map<Method, Long> peak = new EnumMap<>(Method.class);
        for (Method method : Method.values()) {
            SameDiff sd = SmallNet.graph(method, BLOCKS);
            try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
                trainer.fit(SmallNet.batch(1));
                kept.put(method, trainer.keptBytes());
                peak.put(method, trainer.peakBytes());
                System.out.printf(
                        "%s kept %d peak %d %s%n", method, kept.get(method), peak.get(method), trainer.keptByOp());
            }
        }
        assertTrue(kept.get(Method.EXACT) < kept.get(Method.STOCK), kept.toString());
        assertTrue(kept.get(Method.APPROXIMATE) < 0.6 * kept.get(Method.STOCK), kept.toString());
        assertTrue(peak.get(Method.EXACT) < peak.get(Method.STOCK), peak.toString());
        assertTrue(peak.get(Method.APPROXIMATE) < 0.75 * peak.get(Method.STOCK), peak.toString());
    }

    private static long predicted(Method method) {
        long narrow = 4L * SmallNet.BATCH * SmallNet.WIDTH;
        long wide = 4L * SmallNet.BATCH * SmallNet.HIDDEN;
        long block = narrow + wide; // z and h, the inputs of the two linear layers
        block += switch (method) {
            case STOCK -> wide + 2 * narrow; // GELU's derivative; x for the norm and the sum, the branch for the sum
            case EXACT -> wide + 4L * SmallNet.BATCH; // u for GELU; 1/σ
            case APPROXIMATE -> wide / 16 + 4L * SmallNet.BATCH; // codes; 1/σ
        };
        long head = narrow + 4L * SmallNet.BATCH * SmallNet.CLASSES; // its input, the logits
        return BLOCKS * block + head - (method == Method.STOCK ? narrow : 0); // the first x is the placeholder
    }
}
