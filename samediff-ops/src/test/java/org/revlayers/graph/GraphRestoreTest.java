package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.op.ChainUnit;
import org.revlayers.internal.op.RevChain;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;
import org.revlayers.training.SameDiffTrainer;

/** Converted graphs as plain ones again. */
class GraphRestoreTest {

    @TempDir
    Path folder;

    private static GraphReversify.Options options(ChainMode mode) {
        return GraphReversify.Options.chains(c -> c.coefficients(CoefficientSchedule.linear(1, 0.125, 0.5, 0.5, 4))
                .mode(mode));
    }

    private static void assertPlain(SameDiff sd) {
        assertFalse(
                sd.getOps().values().stream()
                        .anyMatch(op -> op.getOp() instanceof RevChain || op.getOp() instanceof ChainUnit),
                sd.summary());
    }

    private static void assertSame(SameDiff expected, SameDiff actual, String... values) {
        for (String value : values) {
            GraphChainGradientTest.assertBits(
                    expected.output(StockVit.values(), value), actual.output(StockVit.values(), value));
        }
        Map<String, INDArray> gradients = expected.calculateGradients(
                StockVit.values(), ChainNet.parameters(expected).keySet());
        GraphChainGradientTest.assertBits(gradients, actual.calculateGradients(StockVit.values(), gradients.keySet()));
    }

    @ParameterizedTest
    @EnumSource(ChainMode.class)
    void aPreNormNetworkComesBackBitForBit(ChainMode mode) {
        SameDiff sd = StockVit.plain();
        SameDiff plain =
                GraphReversify.restore(GraphReversify.convert(sd, options(mode)).graph());
        assertPlain(plain);
        assertSame(sd, plain, "block0/attended", "block1/out", "block2/out", "logits", "loss");
        assertEquals(sd.getOps().size(), plain.getOps().size());
    }

    /** By file as well, where a chain's ops are arguments of one op. */
    @ParameterizedTest
    @EnumSource(ChainMode.class)
    void whatIsComputedInsideBlocksGetsItsNameBack(ChainMode mode) throws Exception {
        for (SameDiff sd : new SameDiff[] {StockVit.plain(), StockVit.postNorm()}) {
            SameDiff chains = GraphReversify.convert(sd, options(mode)).graph();
            File file = folder.resolve(mode + ".fb").toFile();
            chains.save(file, true);
            for (SameDiff plain :
                    new SameDiff[] {GraphReversify.restore(chains), GraphReversify.restore(SameDiff.load(file, true))
                    }) {
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
        SameDiff plain =
                GraphReversify.restore(GraphReversify.convert(sd, options(mode)).graph());
        assertPlain(plain);
        assertSame(sd, plain, "block0/out", "block2/normed", "logits", "loss");
    }

    @Test
    void chainsOfSeveralModesComeBackToo() {
        SameDiff sd = StockVit.plain();
        GraphReversify.Options mixed = GraphReversify.Options.chains(
                c -> c.modes(block -> block.startsWith("block1") ? ChainMode.STORE : null));
        SameDiff plain =
                GraphReversify.restore(GraphReversify.convert(sd, mixed).graph());
        assertPlain(plain);
        assertSame(sd, plain, "block0/out", "block1/attended", "block2/out", "loss");
    }

    /** Trained as chains, saved, loaded: parameters, training configuration and moments go on in the plain graph. */
    @Test
    void whatWasTrainedAndSavedComesBackAndTrainsOn() throws Exception {
        SameDiff chains = GraphReversify.convert(StockVit.plain(), options(ChainMode.REVERSE))
                .graph();
        try (SameDiffTrainer trainer = new SameDiffTrainer(chains)) {
            for (int i = 0; i < 3; i++) {
                trainer.fit(new MultiDataSet(StockVit.features(), new INDArray[] {StockVit.labels()}));
            }
        }
        File file = folder.resolve("chains.fb").toFile();
        chains.save(file, true);
        SameDiff plain = GraphReversify.restore(SameDiff.load(file, true));
        assertPlain(plain);
        GraphChainGradientTest.assertBits(ChainNet.parameters(chains), ChainNet.parameters(plain));
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
        GraphReversify.Options momentum =
                GraphReversify.Options.chains(c -> c.coefficients(CoefficientSchedule.momentum(0.5)));
        assertSame(
                sd, GraphReversify.restore(GraphReversify.convert(sd, momentum).graph()), "logits");
    }

    private static SDVariable twice(SameDiff sd, String name, StreamStart start, SDVariable x) {
        return GraphChain.in(sd, name)
                .start(start)
                .then(name + "/a", (g, u) -> g.math().tanh(u))
                .then(name + "/b", (g, u) -> g.math().sin(u))
                .of(x);
    }

    @Test
    void chainsAreChosenByName() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.constant("x", Nd4j.createFromArray(0.5f, 1, -1, 2));
        SDVariable first = twice(sd, "first", StreamStart.BETA_X0, x);
        SDVariable halves = twice(sd, "halves", StreamStart.SPLIT, first);
        SameDiff some = GraphReversify.restore(sd, "first");
        assertEquals(
                1,
                some.getOps().values().stream()
                        .filter(op -> op.getOp() instanceof RevChain)
                        .count());
        double s = Math.tanh(0.5) + 0.5;
        assertEquals(s + Math.sin(s), some.getVariable("first").eval().getDouble(0), 1e-6);
        assertTrue(some.hasVariable(halves.name()));
        refused("\"halves\" has no plain form: its streams start as halves", sd);
        for (ChainMode mode : ChainMode.values()) {
            SameDiff merged = SameDiff.create();
            GraphChain.in(merged, "merged")
                    .mode(mode)
                    .merge(StreamMerge.AVERAGE)
                    .then("a", (g, u) -> g.math().tanh(u))
                    .of(merged.constant("x", Nd4j.ones(4)));
            refused("\"merged\" has no plain form: its streams start as halves (SPLIT) or are merged", merged);
        }
        refused("finds no chain [nowhere] in the graph", sd, "first", "nowhere");
        refused("finds no chain to restore in the graph", SameDiff.create());
    }

    private static void refused(String message, SameDiff sd, String... chains) {
        String actual = assertThrows(IllegalArgumentException.class, () -> GraphReversify.restore(sd, chains))
                .getMessage();
        assertTrue(actual.contains(message), actual);
    }
}
