package org.revlayers.internal.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.training.SameDiffTrainer;

/** What a sample tells about a graph that is to be converted. */
class ChainRewriteSampleTest {

    private static final ChainRewrite.Options EXACT = ChainRewrite.Options.exact();

    /** x and F(x) of two shapes, between blocks. */
    private static SameDiff broadcasting() {
        Nd4j.getRandom().setSeed(4);
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 4);
        SDVariable a = sd.math.tanh(x).add("a", x);
        SDVariable gate = sd.math.sin(a).mean("gate", true, 1);
        SDVariable b = gate.add("b", a);
        SDVariable c = sd.math.tanh(b).add("c", b);
        sd.math.sin(c).add("d", c);
        return sd;
    }

    @Test
    void anAdditionThatBroadcastsIsLeftIfThereIsASample() {
        SameDiff sd = broadcasting();
        Map<String, INDArray> sample = Map.of("x", Nd4j.rand(DataType.FLOAT, 1, 4));
        ChainRewrite.Result result = ChainRewrite.convert(sd, EXACT.sample(sample));
        assertEquals(Map.of("chain0", List.of("c", "d")), result.chains());
        assertEquals(
                Map.of(
                        "a", "1 in a row, 2 are asked for",
                        "b", "it broadcasts \"a\" of shape [1, 4] and \"gate\" of shape [1, 1]"),
                result.left());
        Map<String, INDArray> input = Map.of("x", Nd4j.rand(DataType.FLOAT, 3, 4));
        INDArray error = sd.outputSingle(input, "d").sub(result.graph().outputSingle(input, "d"));
        assertTrue(error.amaxNumber().doubleValue() < 1e-5, error.toString()); // the streams' resolution, twice
    }

    @Test
    void theReportComparesValuesAndMemory() {
        SameDiff sd = StockVit.plain();
        ChainRewrite.Result result = ChainRewrite.convert(
                sd,
                ChainRewrite.Options.chains(c -> c.coefficients(CoefficientSchedule.linear(1, 0.125, 0.75, 0.25, 10)))
                        .sample(StockVit.values()));
        GraphComparison comparison = result.comparison();
        assertTrue(comparison.plain() < 1e-4 && comparison.plain() > 0, comparison.toString());
        double difference = sd.outputSingle(StockVit.values(), "block2/out")
                .sub(result.graph().outputSingle(StockVit.values(), "block2/out"))
                .amaxNumber()
                .doubleValue();
        assertEquals(difference, comparison.start());
        assertTrue(difference > 0.01, "at (1, 1/8) it is another network: " + difference);
        MultiDataSet batch = new MultiDataSet(StockVit.features(), new INDArray[] {StockVit.labels()});
        try (SameDiffTrainer before = new SameDiffTrainer(sd);
                SameDiffTrainer after = new SameDiffTrainer(result.graph())) {
            before.fit(batch);
            after.fit(batch);
            assertEquals(before.keptBytes(), comparison.keptBefore().getAsLong());
            assertEquals(after.keptBytes(), comparison.keptAfter().getAsLong());
        }
    }

    @Test
    void memoryIsNotPredictedWithoutALoss() {
        ChainRewrite.Result result =
                ChainRewrite.convert(broadcasting(), EXACT.sample(Map.of("x", Nd4j.rand(DataType.FLOAT, 1, 4))));
        assertTrue(result.comparison().keptBefore().isEmpty());
        assertTrue(result.comparison().keptAfter().isEmpty());
    }

    @Test
    void withoutASampleShapesAreNotChecked() {
        ChainRewrite.Result result = ChainRewrite.convert(broadcasting(), EXACT);
        assertEquals(List.of("a", "b", "c", "d"), result.chains().get("chain0"));
        assertNull(result.comparison());
        Map<String, INDArray> input = Map.of("x", Nd4j.rand(DataType.FLOAT, 3, 4));
        assertThrows(IllegalArgumentException.class, () -> result.graph().outputSingle(input, "d"));
    }

    @Test
    void aSampleNeedsThePlaceholdersOfTheBlocksButNoLabels() {
        SameDiff sd = StockVit.plain();
        INDArray[] features = StockVit.features();
        Map<String, INDArray> sample = Map.of("in", features[0], "mask", features[1]);
        ChainRewrite.Result result = ChainRewrite.convert(sd, EXACT.sample(sample));
        assertEquals(ChainRewrite.convert(sd, EXACT).chains(), result.chains());
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> ChainRewrite.convert(sd, EXACT.sample(Map.of("in", features[0]))))
                .getMessage();
        assertTrue(message.contains("no value for placeholder \"mask\""), message);
    }
}
