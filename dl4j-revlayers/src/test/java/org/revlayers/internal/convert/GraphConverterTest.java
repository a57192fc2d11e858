package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Restoration;
import org.revlayers.convert.RestorationReport;
import org.revlayers.graph.GraphChain;
import org.revlayers.internal.graph.RazorOptions;
import org.revlayers.internal.graph.RazorRewrite;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.Compare;
import org.revlayers.op.RevOps;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamStart;

/** What a memory says of a graph's variables reaches the ops, or is refused. */
class GraphConverterTest {

    private static final int WIDTH = 10;
    private static final String[] WEIGHTS = {"w0", "w1", "w2", "w3"};
    private static final Map<String, INDArray> SAMPLE = Map.of("in", numbers(8, WIDTH));

    private static INDArray numbers(int rows, int columns) {
        INDArray steps = Nd4j.linspace(DataType.FLOAT, 0.1, 0.7, (long) rows * columns);
        return Nd4j.math().sin(steps).reshape(rows, columns).mul(0.4);
    }

    /** Four products through a tanh each; with residuals, two blocks and two products behind them. */
    private static SameDiff graph(boolean residual) {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("in", DataType.FLOAT, -1, WIDTH);
        for (int i = 0; i < WEIGHTS.length; i++) {
            SDVariable curve = sd.math().tanh("tanh" + i, x);
            SDVariable product = curve.mmul(
                    "product" + i, sd.var(WEIGHTS[i], numbers(WIDTH, WIDTH).addi(0.1 * i)));
            x = residual && i < 2 ? x.add("sum" + i, product) : product;
        }
        sd.math().square(x).sum("loss");
        sd.setLossVariables("loss");
        return sd;
    }

    private static void sameGradients(SameDiff expected, SameDiff actual) {
        Map<String, INDArray> right = expected.calculateGradients(SAMPLE, WEIGHTS);
        Map<String, INDArray> given = actual.calculateGradients(SAMPLE, WEIGHTS);
        for (String weight : WEIGHTS) {
            Compare.same(right.get(weight), given.get(weight), weight);
        }
    }

    private static RazorOptions options() {
        return RazorOptions.of(0.5, RazorValues.FULL).fill(RazorFill.MEAN);
    }

    static Stream<Arguments> razors() {
        Memory all = Memory.razor(0.5).values(RazorValues.FULL);
        Memory most = Memory.razor(0.9).values(RazorValues.FULL);
        return Stream.of(
                Arguments.of(all, options()),
                Arguments.of(all.except("product2"), options().dense("product2")),
                Arguments.of(all.except("*uct2"), options().dense("product2")),
                Arguments.of(all.at("product3", Memory.store()), options().dense("product3")),
                Arguments.of(
                        all.at("pro*", most),
                        options()
                                .prune("product0", 0.9)
                                .prune("product1", 0.9)
                                .prune("product2", 0.9)
                                .prune("product3", 0.9)),
                Arguments.of(
                        all.at("pro*", most).at("product1", all),
                        options().prune("product0", 0.9).prune("product2", 0.9).prune("product3", 0.9)),
                Arguments.of(
                        all.at("pro*", most).except("product0"),
                        options()
                                .dense("product0")
                                .prune("product1", 0.9)
                                .prune("product2", 0.9)
                                .prune("product3", 0.9)));
    }

    @ParameterizedTest
    @MethodSource("razors")
    void variablesHaveTheRatiosOfTheirNames(Memory memory, RazorOptions options) {
        SameDiff expected = RazorRewrite.convert(graph(false), options).graph();
        sameGradients(expected, Lean.convert(graph(false), memory).network());
    }

    /** The same values, gradients at rounded ones. */
    @ParameterizedTest
    @CsvSource({"half, 2e-3", "half=bf16, 1.6e-2", "int8, 2e-2"})
    void valuesAreKeptInFewerBits(String memory, double bound) {
        SameDiff stock = graph(true);
        Conversion<SameDiff> lean = Lean.convert(graph(true), Memory.parse(memory), SAMPLE);
        Compare.same(stock.outputSingle(SAMPLE, "loss"), lean.network().outputSingle(SAMPLE, "loss"), "loss");
        Map<String, INDArray> exact = stock.calculateGradients(SAMPLE, WEIGHTS);
        Map<String, INDArray> rounded = lean.network().calculateGradients(SAMPLE, WEIGHTS);
        double most = Stream.of(WEIGHTS)
                .mapToDouble(weight -> exact.get(weight).distance2(rounded.get(weight))
                        / exact.get(weight).norm2Number().doubleValue())
                .max()
                .getAsDouble();
        assertTrue(most > 0 && most < bound, "relative difference of a gradient " + most);
        assertEquals(
                stock.variableMap().keySet(),
                Lean.restore(lean.network()).variableMap().keySet());
    }

    static Stream<Arguments> refused() {
        Memory razor = Memory.razor(0.5);
        return Stream.of(
                Arguments.of(razor.forward(true), "\"forward\""),
                Arguments.of(razor.probabilities(true), "\"probabilities\""),
                Arguments.of(razor.activations(ActivationMemory.FP16), "\"activations\""),
                Arguments.of(razor.stockHosts(true), "\"stockHosts\""),
                Arguments.of(Memory.reversible().stem(true), "\"stem\""),
                Arguments.of(Memory.checkpoint().inside(Memory.approx()), "\"inside\""),
                Arguments.of(Memory.checkpoint().otherwise(razor.forward(true)), "\"forward\""),
                Arguments.of(razor.at("product1", razor.forward(true)), "\"forward\""),
                Arguments.of(razor.at("product1", razor.otherwise(Memory.checkpoint())), "\"otherwise\""),
                Arguments.of(razor.at("product1", Memory.checkpoint()), "\"product1\""),
                Arguments.of(razor.at("product1", razor.values(RazorValues.FULL)), "\"product1\""),
                Arguments.of(Memory.checkpoint().at("sum1", Memory.razor(0.9)), "\"sum1\""),
                Arguments.of(razor.at("nothing*", Memory.store()), "\"nothing*\""),
                Arguments.of(razor.except("nothing"), "\"nothing\""),
                Arguments.of(Memory.approx(), "approx"),
                Arguments.of(razor.otherwise(Memory.approx()), "approx"),
                Arguments.of(razor.otherwise(Memory.checkpoint().except("sum0")), "inside of another"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatGraphsHaveNoFormForIsNamed(Memory memory, String names) {
        SameDiff graph = graph(true);
        String before = graph.summary();
        String message = assertThrows(IllegalArgumentException.class, () -> Lean.convert(graph, memory, SAMPLE))
                .getMessage();
        assertTrue(message.contains(names), message);
        assertEquals(before, graph.summary(), "nothing is changed");
    }

    @Test
    void whatHasNoBlocksGoesOnToTheRest() {
        Memory memory = Memory.reversible().otherwise(Memory.razor(0.5).values(RazorValues.FULL));
        Conversion<SameDiff> lean = Lean.convert(graph(false), memory);
        sameGradients(RazorRewrite.convert(graph(false), options()).graph(), lean.network());
        assertTrue(lean.report().units().stream().allMatch(u -> u.kind().equals(ConversionReport.SWAPPED)));
    }

    @Test
    void aGraphWithNothingForEitherIsRefused() {
        SameDiff sd = SameDiff.create();
        SDVariable in = sd.placeHolder("in", DataType.FLOAT, 2, 3);
        in.add("more", sd.var("bias", Nd4j.ones(DataType.FLOAT, 1, 3))).sum("loss");
        sd.setLossVariables("loss");
        Memory memory = Memory.reversible().otherwise(Memory.razor(0.5));
        String message = assertThrows(IllegalArgumentException.class, () -> Lean.convert(sd, memory))
                .getMessage();
        assertTrue(message.contains("residual blocks"), message);
    }

    @Test
    void bothStagesFindTheirs() {
        Memory memory = Memory.checkpoint().otherwise(Memory.razor(0.5).values(RazorValues.FULL));
        ConversionReport report = Lean.convert(graph(true), memory, SAMPLE).report();
        assertEquals(List.of("sum0", "sum1"), report.chains().get(0).members());
        assertTrue(report.units().stream().anyMatch(u -> u.name().equals("product3")), report::toString);
    }

    @Test
    void aVariableThatStaysIsInNoChain() {
        Memory memory = Memory.reversible().atLeast(1);
        Memory stays = memory.at("sum1", Memory.store());
        assertEquals(
                2,
                Lean.convert(graph(true), memory)
                        .report()
                        .chains()
                        .get(0)
                        .members()
                        .size());
        assertEquals(
                List.of("sum0"),
                Lean.convert(graph(true), stays).report().chains().get(0).members());
        assertEquals(
                List.of("sum0"),
                Lean.convert(graph(true), memory.except("sum1"))
                        .report()
                        .chains()
                        .get(0)
                        .members());
    }

    /** Blocks whose products are thinned are not for what is said of the rest. */
    @Test
    void otherwiseIsOfWhatWasLeft() {
        Memory razor = Memory.razor(0.5).values(RazorValues.FULL);
        ConversionReport report = Lean.convert(graph(true), razor.otherwise(Memory.reversible()), SAMPLE)
                .report();
        assertEquals(List.of(), report.chains());
        assertEquals(4, report.units(ConversionReport.SWAPPED).size(), report::toString);
    }

    /** Products that a razor leaves, in blocks that a chain takes. */
    @Test
    void whatALaterMemoryTakesIsNotLeft() {
        Memory rest = Memory.razor(0.5).values(RazorValues.FULL).otherwise(Memory.reversible());
        SameDiff stock = SameDiff.create();
        SDVariable x = stock.placeHolder("in", DataType.FLOAT, -1, WIDTH);
        for (int i = 0; i < 2; i++) {
            SDVariable curve = stock.math().mul("twice" + i, x, x); // keeps x, so the razor leaves the product of it
            x = x.add(
                    "sum" + i,
                    x.mmul("product" + i, stock.var("w" + i, numbers(WIDTH, WIDTH)))
                            .mul(curve));
        }
        stock.math()
                .square(x.mmul("last", stock.var("w2", numbers(WIDTH, WIDTH))))
                .sum("loss");
        stock.setLossVariables("loss");
        ConversionReport report = Lean.convert(stock, rest, SAMPLE).report();
        assertEquals(List.of("sum0", "sum1"), report.chains().get(0).members());
        assertTrue(report.left().stream().noneMatch(l -> l.name().startsWith("product")), report::toString);
    }

    @Test
    void saysWhatBecameOfTheUpdater() {
        SameDiff graph = graph(true);
        assertEquals(
                "none, for the graph has no training configuration",
                Lean.convert(graph, Memory.checkpoint()).report().updater());
        graph.setTrainingConfig(TrainingConfig.builder()
                .updater(new Adam(1e-3))
                .dataSetFeatureMapping("in")
                .markLabelsUnused()
                .build());
        assertEquals(
                "fresh, for the graph has not been trained",
                Lean.convert(graph, Memory.checkpoint()).report().updater());
        graph.fit(new DataSet(SAMPLE.get("in"), null));
        assertEquals(
                "state carried over",
                Lean.convert(graph, Memory.checkpoint()).report().updater());
    }

    @Test
    void aPlanSaysWhatWouldBe() {
        Memory memory = Memory.checkpoint().otherwise(Memory.razor(0.5).values(RazorValues.FULL));
        SameDiff graph = graph(true);
        String before = graph.summary();
        ConversionReport plan = Lean.plan(graph, memory);
        ConversionReport done = Lean.convert(graph, memory).report();
        assertEquals(before, graph.summary());
        assertEquals(done.units(), plan.units());
        assertEquals(done.left(), plan.left());
        assertNull(plan.updater());
        ConversionReport nothing = Lean.plan(graph(false), Memory.reversible());
        assertEquals(List.of(), nothing.units());
        String message = assertThrows(IllegalArgumentException.class, () -> Lean.plan(graph, null))
                .getMessage();
        assertTrue(message.contains("is null: give Memory.checkpoint()"), message);
    }

    @Test
    void bothStagesComeBackWithAReport() {
        Memory memory = Memory.reversible(CoefficientSchedule.constant(1, 0.125))
                .otherwise(Memory.razor(0.5).values(RazorValues.FULL));
        SameDiff stock = graph(true);
        SameDiff lean = Lean.convert(stock, memory, SAMPLE).network();
        String before = lean.summary();
        Restoration<SameDiff> plain = Lean.restore(lean, SAMPLE);
        assertEquals(before, lean.summary());
        RestorationReport report = plain.report();
        assertEquals(List.of(new RestorationReport.Chain("chain0", 1, 0.125)), report.chains());
        assertFalse(report.sameFunction());
        assertTrue(report.comparison().difference() > 1e-3, report::toString);
        assertTrue(report.toString().contains("chain chain0 stood at (1.0, 0.125)"), report::toString);
        sameGradients(stock, plain.network());
        sameGradients(stock, Lean.restore(lean));
    }

    @Test
    void whatHasNoPlainFormIsNamed() {
        SameDiff sd = SameDiff.create();
        GraphChain.in(sd, "halves")
                .start(StreamStart.SPLIT)
                .then("a", (g, x) -> g.math().tanh(x))
                .of(sd.nn().softmax(sd.placeHolder("in", DataType.FLOAT, -1, WIDTH)));
        RevOps.razorSoftmax(sd.getVariable("halves"), 0.5, RazorValues.FULL).rename("weights");
        RestorationReport report = Lean.restore(sd, SAMPLE).report();
        assertEquals("halves", report.left().get(0).name());
        assertEquals(0, report.comparison().difference());
        assertTrue(report.sameFunction() && report.toString().contains("left halves: it has no plain form"));
    }

    @Test
    void saysWhatToDoWhereNothingIsFound() {
        String none = assertThrows(
                        IllegalArgumentException.class, () -> Lean.convert(graph(false), Memory.reversible()))
                .getMessage();
        assertTrue(none.startsWith("nothing to convert: the graph has no run of 2 residual blocks"), none);
        SameDiff thin = Lean.convert(graph(false), Memory.razor(0.5)).network();
        String plain = assertThrows(IllegalArgumentException.class, () -> Lean.restore(graph(true)))
                .getMessage();
        assertTrue(plain.startsWith("nothing to restore: the graph has no chain"), plain);
        String again = assertThrows(IllegalArgumentException.class, () -> Lean.convert(thin, Memory.razor(0.5)))
                .getMessage();
        assertTrue(again.startsWith("nothing to convert: a razor finds nothing"), again);
        String nothing = assertThrows(IllegalArgumentException.class, () -> Lean.convert(thin, null))
                .getMessage();
        assertTrue(nothing.contains("is null: give Memory.checkpoint()"), nothing);
    }
}
