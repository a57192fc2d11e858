package org.revlayers.examples.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.internal.memory.ProcessMemory;
import org.revlayers.models.VisionTransformer;
import org.revlayers.training.SameDiffTrainer;

/** Two hundred steps of a Vision Transformer from stock SameDiff ops: where {@code fit} grows with every call, the trainer does not. */
@Tag("slow")
class TrainerStaysFlatTest {

    private static final int STEPS = 200;
    private static final int SETTLED = 40;
    private static final long GROWTH_BYTES = 64L << 20;

    @Test
    void twoHundredStepsOfAVisionTransformer() {
        VitShape shape = new VitShape(VisionTransformer.Size.TI, 6, 224, 4);
        Random random = Nd4j.getRandomFactory().getNewRandomInstance(1);
        var graph = new StockSameDiffVit(
                        shape,
                        StockSameDiffVit.Gelu.SIGMOID,
                        (name, dims) -> name.endsWith("Gamma")
                                ? Nd4j.ones(DataType.FLOAT, dims)
                                : Nd4j.randn(random, dims).muli(0.02))
                .build(new Sgd(1e-3));
        DataSet data = shape.data();
        try (SameDiffTrainer trainer = new SameDiffTrainer(graph)) {
            long held = 0;
            long peak = 0;
            long process = 0;
            for (int step = 1; step <= STEPS; step++) {
                trainer.fit(data);
                if (step == SETTLED) {
                    held = trainer.heldBytes();
                    peak = trainer.peakBytesWithParameterGradients();
                    process = ProcessMemory.residentBytes().orElse(0);
                }
                if (step % SETTLED == 0) {
                    System.out.printf(
                            "step %d: held %.1f MiB, peak %.1f MiB, process %.0f MiB%n",
                            step,
                            trainer.heldBytes() / 1048576.0,
                            trainer.peakBytesWithParameterGradients() / 1048576.0,
                            ProcessMemory.residentBytes().orElse(0) / 1048576.0);
                }
            }
            assertEquals(held, trainer.heldBytes(), "held between steps");
            assertEquals(peak, trainer.peakBytesWithParameterGradients(), "peak of a step");
            long now = ProcessMemory.residentBytes().orElse(0);
            assertTrue(now < process + GROWTH_BYTES, "the process grew by " + (now - process) + " bytes");
        }
    }
}
