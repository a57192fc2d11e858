package org.revlayers.internal.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.imports.converters.ImportClassMapping;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.graph.GraphChain;
import org.revlayers.internal.reversible.TwoStep;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.CoefficientTable;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamType;

class RevChainTest {

    private static SameDiff unrepeatable(boolean verify) {
        ImportClassMapping.getOpNameMapping().put("unrepeatable", new UnrepeatableOp());
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.var("x", Nd4j.ones(DataType.FLOAT, 2, 3));
        SDVariable y = GraphChain.in(sd, "stage")
                .verify(verify)
                .then("first", (g, u) -> u.mul(2))
                .then("odd", (g, u) -> new UnrepeatableOp().of(u)[0])
                .then("last", (g, u) -> u.mul(2))
                .of(x);
        sd.setLossVariables(y.sum("loss"));
        return sd;
    }

    @Test
    void aStateThatWasNotRebuiltIsNoticedWithTheFunctionThatIsNotRepeatable() {
        SameDiff sd = unrepeatable(true);
        String message = assertThrows(IllegalStateException.class, () -> sd.calculateGradients(Map.of(), "x"))
                .getMessage();
        assertTrue(
                message.contains("chain \"stage\", sub-function \"odd\"") && message.contains("CHECKPOINT"), message);
        unrepeatable(false).calculateGradients(Map.of(), "x");
    }

    @Test
    void coefficientsAreATableOfTheirChanges() {
        CoefficientSchedule c = CoefficientSchedule.linear(1, 0.125, 0.5, 0.625, 8);
        assertEquals(new Coefficients(8, 1, 8), c.at(0));
        assertEquals(new Coefficients(6, 3, 8), c.at(4));
        assertEquals(new Coefficients(4, 5, 8), c.at(8));
        assertEquals(new Coefficients(4, 5, 8), c.at(1_000_000_000_000L));
        assertEquals(1, CoefficientSchedule.constant(0.3, 0.7).table().rows().size());
        assertEquals(
                new Coefficients(2, 6, 8),
                CoefficientSchedule.constant(0.3, 0.7).at(5));
        assertTrue(c.table().invertible());
        assertFalse(CoefficientSchedule.constant(1, 0).table().invertible());
        assertThrows(IllegalArgumentException.class, CoefficientSchedule.constant(1, 1.2)::table);
        assertThrows(IllegalArgumentException.class, CoefficientSchedule.constant(Double.NaN, 1)::table);
        assertThrows(IllegalArgumentException.class, () -> CoefficientSchedule.sampled(3, 0, i -> new double[2]));
        assertThrows(IllegalArgumentException.class, () -> new CoefficientTable(8, List.of()));
    }

    static Stream<CoefficientSchedule> schedules() {
        return Stream.of(CoefficientSchedule.linear(1, 0.125, 0.25, 0.75, 100), CoefficientSchedule.randomSigns(0.125));
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void settingsSurviveTheOpsArguments(CoefficientSchedule coefficients) {
        ChainSettings settings = new ChainSettings(
                "stage3",
                true,
                false,
                true,
                true,
                true,
                17,
                StreamType.DOUBLE,
                DataType.FLOAT,
                1e-5,
                coefficients.table(),
                0,
                List.of(
                        new ChainSettings.Block("attention", 1, TwoStep.Edge.AROUND, List.of(1, 2, 5)),
                        new ChainSettings.Block("mlp", 0, TwoStep.Edge.INSIDE, List.of())),
                List.of("graph one", "graph two"));
        RevChain op = new RevChain();
        ChainArguments.write(settings, op);
        assertEquals(settings, op.settings());
    }

    /** States of floating-point streams are kept where the ones rebuilt from the next would be worse than the tolerance. */
    @Test
    void anchorsAreAtTheSafeDistance() {
        List<ChainSettings.Block> blocks =
                java.util.Collections.nCopies(30, new ChainSettings.Block("f", 0, TwoStep.Edge.AROUND, List.of()));
        ChainSettings settings = ChainSettings.of(
                        "c", CoefficientSchedule.constant(1, 0.125).table())
                .with(blocks, List.of());
        ChainPlan plan = new ChainPlan(settings, settings.coefficients().at(0), DataType.DOUBLE);
        // g = 2/(√1.5 − 1) = 8.9, ln(1e-3·2⁵³)/ln 8.9 = 13.6
        assertEquals(2 + 2 * 2, plan.states());
        assertTrue(plan.isAnchor(30) && plan.isAnchor(17) && plan.isAnchor(4));
        assertEquals(List.of(0, 2, 4), List.of(plan.slot(30), plan.slot(17), plan.slot(4)));
        assertFalse(plan.isAnchor(16));
        assertEquals(2, new ChainPlan(settings, plan.c(), DataType.FLOAT).states());
        assertEquals(3 * 10 / 8 + 3, new ChainPlan(settings, plan.c(), DataType.FLOAT).sideBytes(10));
    }
}
