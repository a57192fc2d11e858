package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.op.RevOps;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** Values and gradients of the op against those of the same network as plain parts of the graph, and against differences. */
class GraphChainGradientTest {

    @ParameterizedTest
    @CsvSource({
        "REVERSE,1,0.125,STOCK",
        "REVERSE,0.5,0.5,STOCK",
        "REVERSE,0,1,STOCK",
        "REVERSE,1,0.125,OURS",
        "REVERSE,0,1,OURS",
        "CHECKPOINT,1,0.125,STOCK",
        "CHECKPOINT,1,0,STOCK",
        "CHECKPOINT,0,1,OURS"
    })
    void exactStreamsGiveTheBitsOfThePlainGraph(ChainMode mode, double alpha, double beta, ChainNet.Body body) {
        ChainNet net = ChainNet.of(mode, alpha, beta).with(body);
        ChainNet plain = ChainNet.of(ChainMode.STORE, alpha, beta).with(body);
        SameDiff ours = net.graph();
        SameDiff theirs = plain.graph();
        GraphValues.assertBits(Map.of("chain", plain.output(theirs)), Map.of("chain", net.output(ours)));
        GraphValues.assertBits(plain.gradients(theirs), net.gradients(ours));
    }

    @ParameterizedTest
    @CsvSource({"1,0.125,6", "0.5,0.5,6", "0,1,6", "1,0.125,30", "0.75,0.25,48"})
    void doubleStreamsGiveTheGradientsOfThePlainGraph(double alpha, double beta, int depth) {
        ChainNet net = ChainNet.of(ChainMode.REVERSE, alpha, beta)
                .with(DataType.DOUBLE)
                .deep(depth);
        ChainNet plain =
                ChainNet.of(ChainMode.STORE, alpha, beta).with(DataType.DOUBLE).deep(depth);
        SameDiff ours = net.graph();
        SameDiff theirs = plain.graph();
        assertEquals(plain.output(theirs), net.output(ours));
        Map<String, INDArray> expected = plain.gradients(theirs);
        net.gradients(ours).forEach((name, gradient) -> {
            double size = expected.get(name).norm2Number().doubleValue();
            double error = expected.get(name).sub(gradient).norm2Number().doubleValue();
            assertTrue(error <= 1e-3 * size, name + ": error " + error + " of " + size); // the chain's own tolerance
        });
    }

    /** FLOAT networks on streams that keep a state every few functions; values are those of the plain graph on the same streams. */
    @ParameterizedTest
    @CsvSource({
        "FLOAT,1,0.125,12",
        "FLOAT,0.25,0.75,12",
        "FLOAT,0,1,24",
        "DOUBLE,1,0.125,24",
        "DOUBLE,0.5,0.5,24",
        "DOUBLE,1.5,-0.5,12"
    })
    void floatingStreamsOfFloatNetworksStayWithinTheirTolerance(
            StreamType streams, double alpha, double beta, int depth) {
        ChainNet net = ChainNet.of(ChainMode.REVERSE, alpha, beta).deep(depth).on(streams);
        ChainNet plain = ChainNet.of(ChainMode.STORE, alpha, beta).deep(depth).on(streams);
        SameDiff ours = net.graph();
        SameDiff theirs = plain.graph();
        GraphValues.assertBits(Map.of("chain", plain.output(theirs)), Map.of("chain", net.output(ours)));
        Map<String, INDArray> expected = plain.gradients(theirs);
        net.gradients(ours).forEach((name, gradient) -> {
            double size = expected.get(name).norm2Number().doubleValue();
            double error = expected.get(name).sub(gradient).norm2Number().doubleValue();
            assertTrue(error <= 1e-3 * size, name + ": error " + error + " of " + size); // the chain's own tolerance
        });
    }

    @ParameterizedTest
    @EnumSource(ChainMode.class)
    void passesOpValidation(ChainMode mode) {
        DoubleGraphs.passOpValidation(() -> {
            SameDiff sd = SameDiff.create();
            SDVariable x = sd.var("x", Nd4j.randn(DataType.DOUBLE, 3, 4));
            SDVariable shared = sd.var("shared", Nd4j.randn(DataType.DOUBLE, 4, 4));
            SDVariable y = GraphChain.in(sd, "chain")
                    .coefficients(CoefficientSchedule.constant(0.5, 0.5))
                    .mode(mode)
                    .then("a", (g, u) -> g.math().tanh(u.mmul(g.var("w", Nd4j.randn(DataType.DOUBLE, 4, 4)))))
                    .thenPlain("b", (g, u) -> RevOps.gelu(u.mmul(shared)))
                    .then("c", (g, u) -> g.math().tanh(u.mmul(shared)).mul(x))
                    .of(x.mul(1.5));
            ChainNet.weighted(y);
            return y;
        });
    }

    @Test
    void aFunctionMayReadTheChainsInputAndNeedNotReadItsOwn() {
        for (ChainMode mode : ChainMode.values()) {
            SameDiff sd = SameDiff.create();
            SDVariable x = sd.var("x", Nd4j.createFromArray(1f, 2f, 3f));
            SDVariable w = sd.var("w", Nd4j.createFromArray(3f, 5f, 7f));
            SDVariable y = GraphChain.in(sd, "chain")
                    .mode(mode)
                    .then("a", (g, u) -> u.mul(x))
                    .then("b", (g, u) -> w.mul(2))
                    .of(x);
            sd.setLossVariables(y.sum("loss"));
            // x₁ = x² + x, y₁ = x, value = 2w + y₁ = 2w + x
            assertEquals(Nd4j.createFromArray(7f, 12f, 17f), y.eval());
            Map<String, INDArray> d = sd.calculateGradients(Map.of(), "x", "w");
            assertEquals(Nd4j.createFromArray(1f, 1f, 1f), d.get("x"), mode.name());
            assertEquals(Nd4j.createFromArray(2f, 2f, 2f), d.get("w"), mode.name());
        }
    }

    @Test
    void atBetaOneAndAlphaZeroItIsTheReversibleResidualNetwork() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.var("x", Nd4j.createFromArray(1f, -2f));
        SDVariable y = GraphChain.of(
                sd, "chain", x, CoefficientSchedule.constant(0, 1), List.of((g, u) -> u.mul(2), (g, u) -> u.mul(-1)));
        // x₁ = 2x + x, x₂ = −x₁ + x
        assertEquals(Nd4j.createFromArray(-2f, 4f), y.eval());
    }

    /** The chain's value, and gradients of all parameters, of graphs without placeholders. */
    static void assertSameBits(SameDiff expected, SameDiff actual) {
        GraphValues.assertBits(expected.output(Map.of(), "chain"), actual.output(Map.of(), "chain"));
        GraphValues.assertBits(
                expected.calculateGradients(
                        Map.of(), GraphValues.parameters(expected).keySet()),
                actual.calculateGradients(
                        Map.of(), GraphValues.parameters(actual).keySet()));
    }
}
