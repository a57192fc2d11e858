package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.op.RevOps;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamMerge;

/** The momentum form in SameDiff, v' = γ·v + (1 − γ)·F(x), x' = x + v'. */
class GraphChainMomentumTest {

    @TempDir
    Path folder;

    /** Every second function has an r in front. */
    private static SameDiff graph(ChainMode mode, CoefficientSchedule c, StreamMerge merge, DataType type) {
        Nd4j.getRandom().setSeed(23);
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.var("x", Nd4j.randn(type, 4, 6));
        GraphChain chain = GraphChain.in(sd, "chain").coefficients(c).mode(mode).merge(merge);
        for (int i = 0; i < 5; i++) {
            SubFunction f = (g, u) -> g.math().tanh(u.mul(g.var("w", Nd4j.rand(type, 6))));
            chain.then("f" + i, i % 2 == 0 ? null : (g, u) -> RevOps.gelu(u), f);
        }
        SDVariable y = chain.of(x.mul(1.5));
        return ChainNet.weighted(y);
    }

    @ParameterizedTest
    @CsvSource({
        "REVERSE,0.0625,X_ONLY",
        "REVERSE,0.5,AVERAGE",
        "REVERSE,0.875,CONCAT",
        "CHECKPOINT,0.25,X_ONLY",
        "CHECKPOINT,0.9375,AVERAGE"
    })
    void exactStreamsGiveTheBitsOfThePlainGraph(ChainMode mode, double gamma, StreamMerge merge) {
        CoefficientSchedule c = CoefficientSchedule.momentum(gamma);
        SameDiff ours = graph(mode, c, merge, DataType.FLOAT);
        SameDiff plain = graph(ChainMode.STORE, c, merge, DataType.FLOAT);
        GraphChainGradientTest.assertSameBits(plain, ours);
    }

    @ParameterizedTest
    @EnumSource(ChainMode.class)
    void passesOpValidation(ChainMode mode) {
        DoubleGraphs.passOpValidation(
                () -> graph(mode, CoefficientSchedule.momentum(0.75), StreamMerge.AVERAGE, DataType.DOUBLE)
                        .getVariable("chain"));
    }

    /** Written with velocities, as the paper does. */
    @ParameterizedTest
    @ValueSource(doubles = {0.125, 0.5, 0.875})
    void equalsTheRecurrenceOfVelocities(double gamma) {
        SameDiff sd = SameDiff.create();
        INDArray x = Nd4j.linspace(-1, 1, 8, DataType.DOUBLE);
        GraphChain chain = GraphChain.in(sd, "chain").coefficients(CoefficientSchedule.momentum(gamma));
        INDArray at = x;
        INDArray v = x.like();
        for (int i = 1; i <= 4; i++) {
            double factor = i;
            chain.then("f" + i, (g, u) -> g.math().tanh(u.mul(factor)));
            v = v.mul(gamma).add(Transforms.tanh(at.mul(factor)).mul(1 - gamma));
            at = at.add(v);
        }
        GraphValues.assertClose(at, chain.of(sd.constant("x", x)).eval(), 1e-12);
    }

    @Test
    void filesHaveItAndSchedulesMoveIt() throws Exception {
        ChainNet net =
                ChainNet.of(ChainMode.REVERSE, 1, 1).with(CoefficientSchedule.linear(1.125, -0.125, 1.875, -0.875, 4));
        SameDiff straight = net.graph();
        SameDiff plain =
                ChainNet.of(ChainMode.STORE, 1, 1).with(net.coefficients()).graph();
        SameDiff resumed = net.graph();
        for (int step = 0; step < 6; step++) {
            if (step == 2) {
                File file = folder.resolve("momentum.fb").toFile();
                resumed.save(file, true);
                resumed = SameDiff.load(file, true);
            }
            straight.fit(net.batch(step));
            plain.fit(net.batch(step));
            resumed.fit(net.batch(step));
        }
        GraphValues.assertBits(GraphValues.parameters(straight), GraphValues.parameters(resumed));
        GraphValues.assertBits(GraphValues.parameters(plain), GraphValues.parameters(straight));
    }

    @Test
    void errorsNameTheRemedy() {
        for (double bad : new double[] {0, 0.02, 0.99, 1, -0.5, Double.NaN}) {
            String message = assertThrows(IllegalArgumentException.class, () -> CoefficientSchedule.momentum(bad))
                    .getMessage();
            assertTrue(message.contains("1/16 to 15/16") && message.contains("" + bad), message);
        }
        String form = assertThrows(IllegalArgumentException.class, CoefficientSchedule.constant(1, -0.5)::table)
                .getMessage();
        assertTrue(form.contains("use momentum(γ)"), form);
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, 2, 4);
        String edge = assertThrows(IllegalArgumentException.class, () -> GraphChain.in(sd, "chain")
                        .coefficients(CoefficientSchedule.momentum(0.5))
                        .thenPlain("f", (g, u) -> u.mul(2))
                        .of(x))
                .getMessage();
        assertTrue(edge.contains("\"f\", has no residual edge") && edge.contains("then(name, function)"), edge);
        assertEquals(0, sd.getOps().size());
    }
}
