package org.revlayers.internal.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.graph.GraphChain;
import org.revlayers.graph.GraphValues;
import org.revlayers.internal.op.ChainUnit;
import org.revlayers.internal.op.RevChain;
import org.revlayers.keep.RazorValues;
import org.revlayers.op.RevOps;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;
import org.revlayers.training.SameDiffTrainer;

/** Converted graphs as plain ones again. */
class GraphRestoreTest {

    @TempDir
    Path folder;

    private static ChainRewrite.Options options(ChainMode mode) {
        return ChainRewrite.Options.chains(c -> c.coefficients(CoefficientSchedule.linear(1, 0.125, 0.5, 0.5, 4))
                .mode(mode));
    }

    private static SameDiff restored(SameDiff sd) {
        return GraphRestore.restore(sd, Map.of()).graph();
    }

    private static void assertPlain(SameDiff sd) {
        assertFalse(
                sd.getOps().values().stream()
                        .anyMatch(op -> op.getOp() instanceof RevChain || op.getOp() instanceof ChainUnit),
                sd.summary());
    }

    private static void assertSame(SameDiff expected, SameDiff actual, String... values) {
        for (String value : values) {
            GraphValues.assertBits(expected.output(StockVit.values(), value), actual.output(StockVit.values(), value));
        }
        Map<String, INDArray> gradients = expected.calculateGradients(
                StockVit.values(), GraphValues.parameters(expected).keySet());
        GraphValues.assertBits(gradients, actual.calculateGradients(StockVit.values(), gradients.keySet()));
    }

    @ParameterizedTest
    @EnumSource(ChainMode.class)
    void aPreNormNetworkComesBackBitForBit(ChainMode mode) {
        SameDiff sd = StockVit.plain();
        SameDiff plain = restored(ChainRewrite.convert(sd, options(mode)).graph());
        assertPlain(plain);
        assertSame(sd, plain, "block0/attended", "block1/out", "block2/out", "logits", "loss");
        assertEquals(sd.getOps().size(), plain.getOps().size());
    }

    /** By file as well, where a chain's ops are arguments of one op. */
    @ParameterizedTest
    @EnumSource(ChainMode.class)
    void whatIsComputedInsideBlocksGetsItsNameBack(ChainMode mode) throws Exception {
        for (SameDiff sd : new SameDiff[] {StockVit.plain(), StockVit.postNorm()}) {
            SameDiff chains = ChainRewrite.convert(sd, options(mode)).graph();
            File file = folder.resolve(mode + ".fb").toFile();
            chains.save(file, true);
            for (SameDiff plain : new SameDiff[] {restored(chains), restored(SameDiff.load(file, true))}) {
                assertEquals(named(sd), named(plain));
            }
        }
    }

    private static Set<String> named(SameDiff sd) {
        return sd.variables().stream()
                .filter(v -> v.getVariableType() == VariableType.ARRAY)
                .map(SDVariable::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @ParameterizedTest
    @EnumSource(ChainMode.class)
    void aPostNormNetworkComesBackBitForBit(ChainMode mode) {
        SameDiff sd = StockVit.postNorm();
        SameDiff plain = restored(ChainRewrite.convert(sd, options(mode)).graph());
        assertPlain(plain);
        assertSame(sd, plain, "block0/out", "block2/normed", "logits", "loss");
    }

    @Test
    void chainsOfSeveralModesComeBackToo() {
        SameDiff sd = StockVit.plain();
        ChainRewrite.Options mixed =
                ChainRewrite.Options.chains(c -> c.modes(block -> block.startsWith("block1") ? ChainMode.STORE : null));
        SameDiff plain = restored(ChainRewrite.convert(sd, mixed).graph());
        assertPlain(plain);
        assertSame(sd, plain, "block0/out", "block1/attended", "block2/out", "loss");
    }

    /** Trained as chains, saved, loaded: parameters, training configuration and moments go on in the plain graph. */
    @Test
    void whatWasTrainedAndSavedComesBackAndTrainsOn() throws Exception {
        SameDiff chains = ChainRewrite.convert(StockVit.plain(), options(ChainMode.REVERSE))
                .graph();
        try (SameDiffTrainer trainer = new SameDiffTrainer(chains)) {
            for (int i = 0; i < 3; i++) {
                trainer.fit(new MultiDataSet(StockVit.features(), new INDArray[] {StockVit.labels()}));
            }
        }
        File file = folder.resolve("chains.fb").toFile();
        chains.save(file, true);
        SameDiff plain = restored(SameDiff.load(file, true));
        assertPlain(plain);
        GraphValues.assertBits(GraphValues.parameters(chains), GraphValues.parameters(plain));
        assertEquals(3, plain.getTrainingConfig().getIterationCount());
        assertEquals(
                chains.getUpdaterMap().get("block1/q/w").getState().get("M"),
                plain.getUpdaterMap().get("block1/q/w").getState().get("M"));
        float before = plain.outputSingle(StockVit.values(), "loss").getFloat();
        for (int i = 0; i < 3; i++) {
            plain.fit(new MultiDataSet(StockVit.features(), new INDArray[] {StockVit.labels()}));
        }
        float after = plain.outputSingle(StockVit.values(), "loss").getFloat();
        assertTrue(after < before, before + " to " + after);
    }

    @Test
    void aMomentumNetworkLosesItsWeights() {
        SameDiff sd = StockVit.plain();
        ChainRewrite.Options momentum =
                ChainRewrite.Options.chains(c -> c.coefficients(CoefficientSchedule.momentum(0.5)));
        assertSame(sd, restored(ChainRewrite.convert(sd, momentum).graph()), "logits");
    }

    private static SDVariable twice(SameDiff sd, String name, StreamStart start, SDVariable x) {
        return GraphChain.in(sd, name)
                .start(start)
                .then(name + "/a", (g, u) -> g.math().tanh(u))
                .then(name + "/b", (g, u) -> g.math().sin(u))
                .of(x);
    }

    @Test
    void chainsWithoutAPlainFormStay() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.constant("x", Nd4j.createFromArray(0.5f, 1, -1, 2));
        SDVariable first = twice(sd, "first", StreamStart.BETA_X0, x);
        SDVariable halves = twice(sd, "halves", StreamStart.SPLIT, first);
        GraphRestore.Result some = GraphRestore.restore(sd, Map.of());
        assertEquals(Set.of("first"), some.chains().keySet());
        assertEquals(Set.of("halves"), some.left().keySet());
        assertEquals(
                1,
                some.graph().getOps().values().stream()
                        .filter(op -> op.getOp() instanceof RevChain)
                        .count());
        double s = Math.tanh(0.5) + 0.5;
        assertEquals(s + Math.sin(s), some.graph().getVariable("first").eval().getDouble(0), 1e-6);
        assertTrue(some.graph().hasVariable(halves.name()));
        for (ChainMode mode : ChainMode.values()) {
            SameDiff merged = SameDiff.create();
            GraphChain.in(merged, "merged")
                    .mode(mode)
                    .merge(StreamMerge.AVERAGE)
                    .then("a", (g, u) -> g.math().tanh(u))
                    .of(merged.constant("x", Nd4j.ones(4)));
            String before = merged.summary();
            refused("merged=it has no plain form: its streams start as halves (SPLIT) or are merged", merged);
            assertEquals(before, merged.summary());
        }
        refused("no chain of residual blocks and no thinned op", SameDiff.create());
    }

    /** Of a chain in several modes one op alone says how its streams begin. */
    @Test
    void aChainOfSeveralModesStaysWhole() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.constant("x", Nd4j.createFromArray(0.5f, 1, -1, 2));
        GraphChain.in(sd, "mixed")
                .start(StreamStart.SPLIT)
                .modes(name -> name.equals("a") ? ChainMode.STORE : null)
                .then("a", (g, u) -> g.math().tanh(u))
                .then("b", (g, u) -> g.math().sin(u))
                .of(x);
        refused("mixed=it has no plain form", sd);
    }

    private static void refused(String message, SameDiff sd) {
        String actual =
                assertThrows(IllegalArgumentException.class, () -> restored(sd)).getMessage();
        assertTrue(actual.contains(message), actual);
    }

    @Test
    void saysWhereChainsStoodAndByHowMuchValuesDiffer() {
        SameDiff sd = StockVit.plain();
        SameDiff chains = ChainRewrite.convert(sd, options(ChainMode.REVERSE)).graph();
        GraphRestore.Result result = GraphRestore.restore(chains, StockVit.values());
        assertEquals(Map.of("chain0", Coefficients.nearest(1, 0.125, 8)), result.chains());
        INDArray before = chains.outputSingle(StockVit.values(), "block2/out");
        INDArray after = result.graph().outputSingle(StockVit.values(), "block2/out");
        assertEquals(
                before.sub(after).amaxNumber().doubleValue(),
                result.difference().getAsDouble());
        assertEquals(before.amaxNumber().doubleValue(), result.largest().getAsDouble());
        assertTrue(result.difference().getAsDouble() > 0.01, "at (1, 1/8) it is another network");
        assertTrue(GraphRestore.restore(chains, Map.of()).difference().isEmpty());
        SameDiff exact = ChainRewrite.convert(sd, ChainRewrite.Options.exact()).graph();
        GraphRestore.Result same = GraphRestore.restore(exact, StockVit.values());
        assertEquals(Map.of("chain0", Coefficients.nearest(1, 0, 8)), same.chains());
        assertTrue(same.difference().getAsDouble() < 2e-5, same::toString);
    }

    /** By file as well; shapes of placeholders are told, so that norms are thinned too. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void thinnedOpsBecomeStockOnesOfTheSameSettings(boolean images) throws Exception {
        SameDiff sd = images ? RazorNets.cnn() : RazorNets.vit();
        SameDiff thin = RazorRewrite.convert(sd, RazorNets.with(sd, RazorOptions.of(0.9, RazorValues.FP16)))
                .graph();
        thin.fit(RazorNets.batch(sd));
        File file = folder.resolve("thin.fb").toFile();
        thin.save(file, true);
        for (SameDiff from : new SameDiff[] {thin, SameDiff.load(file, true)}) {
            String before = from.summary();
            GraphRestore.Result result = GraphRestore.restore(from, RazorNets.input(sd));
            SameDiff plain = result.graph();
            assertEquals(before, from.summary());
            assertEquals(Map.of(), RazorNets.razorOps(plain));
            assertEquals(0, result.difference().getAsDouble());
            assertEquals(Map.of(), result.chains());
            assertEquals(settings(sd), settings(plain));
            assertEquals(1, plain.getTrainingConfig().getIterationCount());
            GraphValues.parameters(plain)
                    .forEach((name, value) -> sd.getVariable(name).setArray(value.dup()));
            GraphValues.assertBits(RazorNets.gradients(sd), RazorNets.gradients(plain));
        }
    }

    /** Ops by the names of their values; axes counted from the end. */
    private static Map<String, String> settings(SameDiff sd) {
        Map<String, String> settings = new TreeMap<>();
        for (SameDiffOp op : sd.getOps().values()) {
            DynamicCustomOp custom = op.getOp() instanceof DynamicCustomOp c ? c : null;
            String axes = custom == null || Set.of("softmax", "layer_norm").contains(custom.opName())
                    ? ""
                    : Arrays.toString(custom.iArgs());
            settings.put(op.getOutputsOfOp().get(0), op.getOp().opName() + axes + op.getInputsToOp());
        }
        return settings;
    }

    /** A product over the last of three axes is no op of ND4J: it stays where shapes are known. */
    @Test
    void aThinnedOpWithoutAStockFormStays() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.math.tanh(sd.placeHolder("x", DataType.FLOAT, 2, 3, 4));
        SDVariable w = sd.var("w", Nd4j.ones(4, 5));
        SDVariable wide = RevOps.razorLinear(x, w, null, 0.5, RazorValues.FULL).rename("wide");
        refused("wide=ND4J's linear ops work on 2 axes, and what it reads has 3", sd);
        RevOps.razorSoftmax(wide, 0.5, RazorValues.FULL).rename("weights");
        GraphRestore.Result result = GraphRestore.restore(sd, Map.of());
        assertEquals(List.of("weights"), result.thinned());
        assertEquals(Set.of("wide"), result.left().keySet());
        Map<String, INDArray> in = Map.of("x", Nd4j.ones(2, 3, 4));
        assertEquals(sd.outputSingle(in, "weights"), result.graph().outputSingle(in, "weights"));
    }
}
