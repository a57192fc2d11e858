package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.op.RevOps;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;

/** How chains begin and end: starts and merges of the two streams. */
class GraphChainEndsTest {

    private static final SubFunction TWICE = (g, u) -> u.mul(2);
    private static final SubFunction MINUS = (g, u) -> u.mul(-1);

    @TempDir
    Path folder;

    /** Three functions on images [2, 4, 3, 3] or the halves of them, one of which reads the chain's input. */
    private static SameDiff graph(ChainMode mode, StreamStart start, StreamMerge merge, double beta, DataType type) {
        Nd4j.getRandom().setSeed(21);
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.var("x", Nd4j.randn(type, 2, 4, 3, 3));
        int channels = start == StreamStart.SPLIT ? 2 : 4;
        SubFunction f = (g, u) -> RevOps.gelu(u.mul(g.var("w", Nd4j.rand(type, 1, channels, 1, 1))));
        SDVariable y = GraphChain.in(sd, "chain")
                .coefficients(CoefficientSchedule.constant(0.5, beta))
                .mode(mode)
                .start(start)
                .merge(merge)
                .featureAxis(1)
                .then("a", f)
                .then("b", (g, u) -> f.define(g, u).add(x.mean(true, 1).mul(0.1)))
                .thenPlain("c", f)
                .of(x.mul(1.5));
        return ChainNet.weighted(y);
    }

    @ParameterizedTest
    @CsvSource({
        "REVERSE,SPLIT,CONCAT,1",
        "REVERSE,SPLIT,CONCAT,0.125",
        "REVERSE,SPLIT,AVERAGE,0.5",
        "REVERSE,SPLIT,X_ONLY,0.5",
        "REVERSE,BETA_X0,AVERAGE,0.5",
        "REVERSE,BETA_X0,CONCAT,1",
        "REVERSE,ZERO,AVERAGE,0.25",
        "CHECKPOINT,SPLIT,CONCAT,1",
        "CHECKPOINT,BETA_X0,AVERAGE,0",
        "CHECKPOINT,ZERO,CONCAT,0.25"
    })
    void valuesAndGradientsAreTheBitsOfThePlainGraph(
            ChainMode mode, StreamStart start, StreamMerge merge, double beta) {
        SameDiff ours = graph(mode, start, merge, beta, DataType.FLOAT);
        SameDiff plain = graph(ChainMode.STORE, start, merge, beta, DataType.FLOAT);
        GraphChainGradientTest.assertSameBits(plain, ours);
    }

    @ParameterizedTest
    @CsvSource({
        "REVERSE,SPLIT,CONCAT",
        "STORE,SPLIT,CONCAT",
        "REVERSE,SPLIT,AVERAGE",
        "CHECKPOINT,BETA_X0,CONCAT",
        "REVERSE,ZERO,AVERAGE",
        "STORE,BETA_X0,AVERAGE"
    })
    void passesOpValidation(ChainMode mode, StreamStart start, StreamMerge merge) {
        DoubleGraphs.passOpValidation(
                () -> graph(mode, start, merge, 0.5, DataType.DOUBLE).getVariable("chain"));
    }

    private static SDVariable chain(StreamStart start, StreamMerge merge, float... input) {
        SameDiff sd = SameDiff.create();
        return GraphChain.in(sd, "chain")
                .start(start)
                .merge(merge)
                .then("f", TWICE)
                .then("g", MINUS)
                .of(sd.var("x", Nd4j.createFromArray(input)));
    }

    /** The halves (1, 2) and (3, 4) are RevNet's x₁ and x₂: y₁ = x₁ + 2·x₂ = (7, 10), y₂ = x₂ − y₁ = (−4, −6). */
    @Test
    void splitAndConcatAreTheReversibleResidualNetworksPairForm() {
        SDVariable y = chain(StreamStart.SPLIT, StreamMerge.CONCAT, 1, 2, 3, 4);
        assertEquals(Nd4j.createFromArray(7f, 10f, -4f, -6f), y.eval());
    }

    /** From x = (1, −2): x₁ = 3x, y₁ = x; x₂ = −3x + x, y₂ = 3x. */
    @Test
    void mergesAreThoseOfTheTwoStreams() {
        assertEquals(
                Nd4j.createFromArray(0.5f, -1f),
                chain(StreamStart.BETA_X0, StreamMerge.AVERAGE, 1, -2).eval());
        assertEquals(
                Nd4j.createFromArray(3f, -6f, -2f, 4f),
                chain(StreamStart.BETA_X0, StreamMerge.CONCAT, 1, -2).eval());
    }

    @Test
    void filesHaveThem() {
        SameDiff sd = graph(ChainMode.REVERSE, StreamStart.SPLIT, StreamMerge.CONCAT, 0.125, DataType.FLOAT);
        File file = folder.resolve("ends.fb").toFile();
        sd.save(file, true);
        SameDiff loaded = SameDiff.load(file, true);
        assertEquals(sd.outputSingle(Map.of(), "chain"), loaded.outputSingle(Map.of(), "chain"));
        Map<String, INDArray> expected =
                sd.calculateGradients(Map.of(), GraphValues.parameters(sd).keySet());
        GraphValues.assertBits(expected, loaded.calculateGradients(Map.of(), expected.keySet()));
    }

    @Test
    void halvesAreChecked() {
        SameDiff sd = SameDiff.create();
        GraphChain chain = GraphChain.in(sd, "chain").start(StreamStart.SPLIT).then("f", TWICE);
        SDVariable odd = sd.placeHolder("odd", DataType.FLOAT, -1, 5);
        String message = assertThrows(IllegalArgumentException.class, () -> chain.of(odd))
                .getMessage();
        assertTrue(message.contains("needs an even number of them; it has 5"), message);
        message = assertThrows(IllegalArgumentException.class, () -> chain.featureAxis(2)
                        .of(odd))
                .getMessage();
        assertTrue(message.contains("has no feature axis 2 in shape [-1, 5]"), message);
    }
}
