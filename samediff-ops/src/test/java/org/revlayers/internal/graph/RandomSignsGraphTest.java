package org.revlayers.internal.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.revlayers.graph.GraphValues;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.training.SameDiffTrainer;

/** Graphs that train with random signs compute, and are restored as, the plain graphs that they were, at any step of the training. */
class RandomSignsGraphTest {

    /** Rounding to the streams' resolution, 2⁻²⁰, through three blocks. */
    private static final double ROUNDING = 5e-5;

    private static SameDiff graph(boolean postNorm, ChainMode mode) {
        ChainRewrite.Options signs = ChainRewrite.Options.chains(
                c -> c.coefficients(CoefficientSchedule.randomSigns(0.125)).mode(mode));
        return ChainRewrite.convert(postNorm ? StockVit.postNorm() : StockVit.plain(), signs)
                .graph();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void computeAndAreRestoredAsThePlainGraph(boolean postNorm) {
        SameDiff given = postNorm ? StockVit.postNorm() : StockVit.plain();
        SameDiff reverse = graph(postNorm, ChainMode.REVERSE);
        SameDiff stored = graph(postNorm, ChainMode.STORE);
        INDArray expected = given.outputSingle(StockVit.values(), "logits");
        GraphValues.assertClose(expected, reverse.outputSingle(StockVit.values(), "logits"), ROUNDING);
        try (SameDiffTrainer trainer = new SameDiffTrainer(reverse);
                SameDiffTrainer other = new SameDiffTrainer(stored)) {
            for (int i = 0; i < 3; i++) {
                trainer.fit(new MultiDataSet(StockVit.features(), new INDArray[] {StockVit.labels()}));
                other.fit(new MultiDataSet(StockVit.features(), new INDArray[] {StockVit.labels()}));
                GraphRestore.Result plain = GraphRestore.restore(reverse, StockVit.values());
                plain.chains().values().forEach(c -> {
                    assertEquals(1, c.alpha());
                    assertEquals(0, c.beta());
                });
                assertTrue(plain.difference().orElseThrow() < ROUNDING, plain::toString);
                GraphValues.assertClose(
                        plain.graph().outputSingle(StockVit.values(), "logits"),
                        reverse.outputSingle(StockVit.values(), "logits"),
                        ROUNDING);
            }
        }
        GraphValues.assertBits(GraphValues.parameters(stored), GraphValues.parameters(reverse));
        double moved = expected.sub(reverse.outputSingle(StockVit.values(), "logits"))
                .amaxNumber()
                .doubleValue();
        assertTrue(moved > 100 * ROUNDING, "it was trained: " + moved);
        assertEquals(Map.of(), GraphRestore.restore(reverse, Map.of()).left());
    }
}
