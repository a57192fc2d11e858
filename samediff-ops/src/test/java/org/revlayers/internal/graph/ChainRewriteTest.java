package org.revlayers.internal.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.GradientUpdater;
import org.revlayers.graph.GraphValues;
import org.revlayers.internal.op.RevChain;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.training.SameDiffTrainer;

/** Graphs of stock ops become graphs with chains. */
class ChainRewriteTest {

    /** The streams' resolution of 1e-6 through six blocks and a norm. */
    private static final double TOLERANCE = 2e-5;

    private static final ChainRewrite.Options EXACT = ChainRewrite.Options.exact();

    @TempDir
    Path folder;

    private static MultiDataSet batch() {
        return new MultiDataSet(StockVit.features(), new INDArray[] {StockVit.labels()});
    }

    private static void assertClose(INDArray expected, INDArray actual) {
        GraphValues.assertClose(expected, actual, TOLERANCE);
    }

    private static long chains(SameDiff sd) {
        return sd.getOps().values().stream()
                .filter(op -> op.getOp() instanceof RevChain)
                .count();
    }

    private static INDArray moment(SameDiff sd) {
        GradientUpdater<?> updater = sd.getUpdaterMap().get("block1/q/w");
        return updater.getState().get("M");
    }

    @ParameterizedTest
    @EnumSource(names = {"CHECKPOINT", "STORE"})
    void aPreNormTransformerBecomesOneChain(ChainMode mode) {
        SameDiff sd = StockVit.plain();
        String before = sd.summary();
        ChainRewrite.Result result = ChainRewrite.convert(
                sd, ChainRewrite.Options.chains(c -> c.coefficients(CoefficientSchedule.constant(1, 0))
                        .mode(mode)));
        assertEquals(Map.of("chain0", StockVit.BLOCKS), result.chains());
        assertEquals(Map.of(), result.left(), result.toString()); // not the sums inside tanh-GELU
        SameDiff converted = result.graph();
        assertEquals(mode == ChainMode.STORE ? 0 : 1, chains(converted));
        assertEquals(before, sd.summary());
        assertEquals(
                GraphValues.parameters(sd).keySet(),
                GraphValues.parameters(converted).keySet());
        StockVit.assertAlike(sd, converted, TOLERANCE, "block2/out", "logits", "loss");
    }

    @Test
    void blocksMayHaveModesOfTheirOwn() {
        SameDiff sd = StockVit.plain();
        ChainRewrite.Options options =
                ChainRewrite.Options.chains(c -> c.coefficients(CoefficientSchedule.constant(1, 0))
                        .mode(ChainMode.CHECKPOINT)
                        .modes(block -> block.startsWith("block1") ? ChainMode.STORE : null));
        SameDiff converted = ChainRewrite.convert(sd, options).graph();
        assertEquals(2, chains(converted));
        StockVit.assertAlike(sd, converted, TOLERANCE, "block2/out", "logits", "loss");
    }

    @Test
    void anotherWidthBeginsAnotherChain() {
        StockVit vit = new StockVit();
        SDVariable x = vit.block(vit.linear(vit.input(), "embedding", StockVit.IN, 8), "a", 8);
        x = vit.block(vit.linear(x, "wider", 8, 12), "b", 12);
        SameDiff sd = vit.head(x, 12);
        ChainRewrite.Result result = ChainRewrite.convert(sd, EXACT);
        assertEquals(
                Map.of("chain0", List.of("a/attended", "a/out"), "chain1", List.of("b/attended", "b/out")),
                result.chains());
        assertEquals(2, chains(result.graph()));
        assertClose(
                sd.outputSingle(StockVit.values(), "logits"), result.graph().outputSingle(StockVit.values(), "logits"));
    }

    @Test
    void aStateThatIsKeptEndsAChain() {
        SameDiff sd = StockVit.plain();
        ChainRewrite.Result result = ChainRewrite.convert(sd, EXACT.keep("block0/out"));
        assertEquals(
                List.of(2, 4), result.chains().values().stream().map(List::size).toList());
        assertClose(
                sd.outputSingle(StockVit.values(), "block0/out"),
                result.graph().outputSingle(StockVit.values(), "block0/out"));
    }

    @Test
    void aStateThatIsReadFromOutsideEndsAChainToo() {
        SameDiff sd = StockVit.plain();
        sd.getVariable("block0/attended").std("spread", true, 0, 1);
        ChainRewrite.Result result = ChainRewrite.convert(sd, EXACT);
        assertEquals(
                List.of(5), result.chains().values().stream().map(List::size).toList());
        assertEquals("1 in a row, 2 are asked for", result.left().get("block0/attended"));
        assertClose(
                sd.outputSingle(StockVit.values(), "spread"), result.graph().outputSingle(StockVit.values(), "spread"));
    }

    @Test
    void saysWhyNothingIsConverted() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 4);
        SDVariable f = sd.math.tanh(x.mul(2)).rename("f");
        x.add("sum", f).mul(f).rename("product");
        sd.nn.dropout(x, 0.5).mul(3).add("noisy", x);
        String message = assertThrows(IllegalArgumentException.class, () -> ChainRewrite.convert(sd, EXACT))
                .getMessage();
        assertTrue(message.contains("sum=\"product\" outside reads \"f\" inside"), message);
        assertTrue(message.contains("use RevOps.dropoutReplay"), message);
        sd.math.sin(x).add("single", x);
        assertThrows(IllegalArgumentException.class, () -> ChainRewrite.convert(sd, EXACT));
        assertEquals(
                Map.of("chain0", List.of("single")),
                ChainRewrite.convert(sd, EXACT.atLeast(1)).chains());
        assertThrows(IllegalArgumentException.class, () -> ChainRewrite.convert(sd, EXACT.keep("unknown")));
        SameDiff plain = SameDiff.create();
        plain.placeHolder("x", DataType.FLOAT, -1, 4).add(1);
        message = assertThrows(IllegalArgumentException.class, () -> ChainRewrite.convert(plain, EXACT))
                .getMessage();
        assertTrue(message.contains("no addition of x and F(x)"), message);
    }

    @Test
    void trainsOnWithTheUpdaterStateInReverse() throws Exception {
        SameDiff sd = StockVit.plain();
        try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
            trainer.fit(batch());
            trainer.fit(batch());
        }
        SameDiff exact = ChainRewrite.convert(sd, EXACT).graph();
        SameDiff reverse = ChainRewrite.convert(
                        sd, ChainRewrite.Options.chains(c -> c.coefficients(CoefficientSchedule.constant(1, 0.125))))
                .graph();
        assertEquals(2, exact.getTrainingConfig().getIterationCount());
        assertArrayEquals(
                sd.getVariable("in").getShape(), exact.getVariable("in").getShape());
        float before = reverse.outputSingle(StockVit.values(), "loss").getFloat();
        try (SameDiffTrainer stock = new SameDiffTrainer(sd);
                SameDiffTrainer same = new SameDiffTrainer(exact);
                SameDiffTrainer other = new SameDiffTrainer(reverse)) {
            assertEquals(stock.fit(batch()).totalLoss(), same.fit(batch()).totalLoss(), TOLERANCE);
            for (int i = 0; i < 8; i++) {
                other.fit(batch());
            }
            assertTrue(same.keptBytes() < stock.keptBytes(), same.keptByOp() + " of " + stock.keptByOp());
        }
        assertClose(moment(sd), moment(exact));
        assertTrue(reverse.outputSingle(StockVit.values(), "loss").getFloat() < before);
        assertEquals(
                GraphValues.parameters(sd).keySet(),
                GraphValues.parameters(reverse).keySet());
        File file = folder.resolve("reverse.fb").toFile();
        reverse.save(file, true);
        assertEquals(
                reverse.outputSingle(StockVit.values(), "logits"),
                SameDiff.load(file, true).outputSingle(StockVit.values(), "logits"));
    }
}
