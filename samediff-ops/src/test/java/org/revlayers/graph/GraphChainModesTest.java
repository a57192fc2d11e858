package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.op.RevOps;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;
import org.revlayers.training.SameDiffTrainer;

/** Chains whose sub-functions have modes of their own. */
class GraphChainModesTest {

    private static final int WIDTH = 8;

    @TempDir
    Path folder;

    /** Letters are the modes of functions in a row: R, C, S. */
    private static ChainMode mode(char letter) {
        return Arrays.stream(ChainMode.values())
                .filter(m -> m.name().charAt(0) == letter)
                .findFirst()
                .orElseThrow();
    }

    private static GraphChain chain(SameDiff sd, String modes, CoefficientSchedule coefficients) {
        return GraphChain.in(sd, "chain")
                .coefficients(coefficients)
                .modes(name -> mode(modes.charAt(Integer.parseInt(name))));
    }

    private static SameDiff graph(
            String modes, CoefficientSchedule coefficients, DataType type, StreamStart start, StreamMerge merge) {
        Nd4j.getRandom().setSeed(17);
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.var("x", Nd4j.randn(type, 5, WIDTH));
        SDVariable shared = sd.var("shared", Nd4j.rand(type, start == StreamStart.SPLIT ? WIDTH / 2 : WIDTH));
        GraphChain chain = chain(sd, modes, coefficients).start(start).merge(merge);
        for (int i = 0; i < modes.length(); i++) {
            SubFunction f =
                    (g, u) -> RevOps.gelu(u.mul(g.var("w", Nd4j.rand(type, 1))).mul(shared));
            if (i == 2) {
                chain.then("" + i, (g, u) -> RevOps.gelu(u), f);
            } else {
                chain.then("" + i, f);
            }
        }
        SDVariable y = chain.of(x.mul(1.5));
        return ChainNet.weighted(y);
    }

    @ParameterizedTest
    @CsvSource({
        "RRSRR,1,0.125,BETA_X0,X_ONLY",
        "SRRRS,0.5,0.5,BETA_X0,X_ONLY",
        "RCSRC,1,0.125,BETA_X0,AVERAGE",
        "CSSCC,1,0,BETA_X0,X_ONLY",
        "RSRSR,0.25,0.75,SPLIT,CONCAT",
        "CRSSR,0,1,ZERO,X_ONLY",
        "RRRRC,1,0.125,ZERO,CONCAT"
    })
    void valuesAndGradientsAreTheBitsOfThePlainGraph(
            String modes, double alpha, double beta, StreamStart start, StreamMerge merge) {
        CoefficientSchedule c = CoefficientSchedule.constant(alpha, beta);
        SameDiff mixed = graph(modes, c, DataType.FLOAT, start, merge);
        SameDiff plain = graph("SSSSS", c, DataType.FLOAT, start, merge);
        assertSameValues(plain, mixed);
        assertSameGradients(plain, mixed, 0x1p-23);
    }

    private static void assertSameValues(SameDiff expected, SameDiff actual) {
        GraphValues.assertBits(expected.output(Map.of(), "chain"), actual.output(Map.of(), "chain"));
    }

    /** The same bits; what all functions read is close: its gradients are added up run by run, in another order. */
    private static void assertSameGradients(SameDiff expected, SameDiff actual, double unit) {
        Map<String, INDArray> wanted = new TreeMap<>(expected.calculateGradients(
                Map.of(), GraphValues.parameters(expected).keySet()));
        Map<String, INDArray> got = new TreeMap<>(actual.calculateGradients(Map.of(), wanted.keySet()));
        GraphValues.assertClose(
                wanted.remove("shared").castTo(DataType.FLOAT),
                got.remove("shared").castTo(DataType.FLOAT),
                64 * unit);
        GraphValues.assertBits(wanted, got);
    }

    @ParameterizedTest
    @EnumSource(StreamStart.class)
    void passesOpValidation(StreamStart start) {
        DoubleGraphs.passOpValidation(() -> graph(
                        "RSCRR", CoefficientSchedule.constant(0.5, 0.5), DataType.DOUBLE, start, StreamMerge.AVERAGE)
                .getVariable("chain"));
    }

    /** Half networks: no plain graph has the bits of their gradients, so the chain of one mode is what they are compared with. */
    @Test
    void halfNetworksPassIntegersBetweenTheModes() {
        CoefficientSchedule c = CoefficientSchedule.constant(0.5, 0.5);
        SameDiff mixed = graph("RRCRR", c, DataType.FLOAT16, StreamStart.BETA_X0, StreamMerge.X_ONLY);
        SameDiff whole = graph("RRRRR", c, DataType.FLOAT16, StreamStart.BETA_X0, StreamMerge.X_ONLY);
        assertSameValues(whole, mixed);
        assertSameGradients(whole, mixed, 0x1p-11);
    }

    @Test
    void trainsThroughAScheduleAndAFileAsThePlainGraphDoes() throws Exception {
        CoefficientSchedule moving = CoefficientSchedule.linear(1, 0.125, 0.25, 0.75, 4);
        SameDiff mixed = trainable("RRSCR", moving);
        SameDiff plain = trainable("SSSSS", moving);
        for (int step = 0; step < 6; step++) {
            if (step == 3) {
                File file = folder.resolve("mixed.fb").toFile();
                mixed.save(file, true);
                mixed = SameDiff.load(file, true);
            }
            try (SameDiffTrainer ours = new SameDiffTrainer(mixed);
                    SameDiffTrainer theirs = new SameDiffTrainer(plain)) {
                DataSet batch = new DataSet(
                        Nd4j.linspace(-1, 1, 2 * WIDTH, DataType.FLOAT).reshape(2, WIDTH), null);
                ours.fit(batch);
                theirs.fit(batch);
                assertTrue(ours.keptBytes() < theirs.keptBytes(), ours.keptBytes() + " of " + theirs.keptBytes());
            }
            GraphValues.assertBits(GraphValues.parameters(plain), GraphValues.parameters(mixed));
        }
    }

    private static SameDiff trainable(String modes, CoefficientSchedule coefficients) {
        Nd4j.getRandom().setSeed(19);
        SameDiff sd = SameDiff.create();
        GraphChain chain = chain(sd, modes, coefficients);
        for (int i = 0; i < modes.length(); i++) {
            chain.then("" + i, (g, u) -> RevOps.gelu(u.mmul(g.var("w", Nd4j.randn(DataType.FLOAT, WIDTH, 4 * WIDTH))))
                    .mmul(g.var("v", Nd4j.randn(DataType.FLOAT, 4 * WIDTH, WIDTH)))
                    .mul(0.05));
        }
        SDVariable y = chain.of(sd.placeHolder("in", DataType.FLOAT, -1, WIDTH));
        y.mul(y).mean("loss");
        return ChainNet.trainable(sd);
    }

    @Test
    void errorsAreThoseOfChainsOfOneMode() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, 2, WIDTH);
        SubFunction f = (g, u) -> u.mul(2);
        String message = assertThrows(
                        IllegalArgumentException.class, () -> chain(sd, "CR", CoefficientSchedule.constant(1, 0))
                                .then("0", f)
                                .then("1", f)
                                .of(x))
                .getMessage();
        assertTrue(message.contains("cannot be inverted at β = 0"), message);
        message = assertThrows(IllegalArgumentException.class, () -> chain(sd, "CR", CoefficientSchedule.constant(1, 1))
                        .scaleFrom(Map.of("x", Nd4j.ones(2, WIDTH)))
                        .then("0", f)
                        .then("1", f)
                        .of(x))
                .getMessage();
        assertTrue(message.contains("chooses no scale in STORE or in several modes"), message);
        assertEquals(List.of(), List.copyOf(sd.getOps().keySet()));
    }
}
