package org.revlayers.internal.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.backend.SameDiffInternals;
import org.revlayers.training.SameDiffTrainer;

class GraphUnitsTest {

    private static final int STEPS = 3;

    @TempDir
    Path folder;

    private static SameDiff graph(String kind) {
        return kind.equals("pre-norm") ? StockVit.plain() : StockVit.postNorm();
    }

    private static List<GraphUnit> replayable(SameDiff sd) {
        return GraphUnits.find(sd).stream().filter(unit -> unit.why() == null).toList();
    }

    @Test
    void unitsOfResidualNetworksEndBehindTheirBlocks() {
        List<GraphUnit> units = GraphUnits.find(StockVit.plain());
        assertTrue(
                units.stream().map(GraphUnit::output).toList().containsAll(StockVit.BLOCKS),
                () -> units.stream().map(GraphUnit::output).toList().toString());
        for (int i = 1; i < units.size(); i++) {
            assertEquals(units.get(i - 1).output(), units.get(i).input());
        }
        units.forEach(unit -> assertNull(unit.why()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pre-norm", "post-norm"})
    void unitsThatAreComputedAgainTrainToTheSameBits(String kind) {
        SameDiff plain = graph(kind);
        SameDiff lean = UnitRewrite.of(graph(kind), replayable(plain), Map.of(), Map.of());
        assertSameTraining(plain, lean);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pre-norm", "post-norm"})
    void rowsOfUnitsDoToo(String kind) {
        SameDiff plain = graph(kind);
        List<GraphUnit> units = replayable(plain);
        List<GraphUnit> rows = new ArrayList<>();
        for (int i = 0; i < units.size(); i += 3) {
            rows.add(GraphUnit.of(units.subList(i, Math.min(units.size(), i + 3))));
        }
        SameDiff lean = UnitRewrite.of(graph(kind), rows, Map.of(), Map.of());
        assertSameTraining(plain, lean);
    }

    private static void assertSameTraining(SameDiff plain, SameDiff lean) {
        long kept = 0;
        for (SameDiff sd : List.of(plain, lean)) {
            try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
                for (int i = 0; i < STEPS; i++) {
                    trainer.fit(batch());
                }
                assertTrue(kept == 0 || trainer.keptBytes() < kept / 2, "kept " + trainer.keptBytes() + " of " + kept);
                kept = trainer.keptBytes();
            }
        }
        for (SDVariable v : plain.variables()) {
            if (SameDiffInternals.isTrained(v)) {
                assertEquals(v.getArr(), lean.getVariable(v.name()).getArr(), v.name());
            }
        }
    }

    private static MultiDataSet batch() {
        return new MultiDataSet(StockVit.features(), new INDArray[] {StockVit.labels()});
    }

    @Test
    void aSavedGraphOfThemLoads() {
        SameDiff plain = StockVit.plain();
        SameDiff lean = UnitRewrite.of(plain, replayable(plain), Map.of(), Map.of());
        File file = folder.resolve("lean.fb").toFile();
        lean.save(file, true);
        SameDiff loaded = SameDiff.load(file, true);
        assertSameTraining(lean, loaded, 1);
    }

    private static void assertSameTraining(SameDiff a, SameDiff b, int steps) {
        for (SameDiff sd : List.of(a, b)) {
            try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
                for (int i = 0; i < steps; i++) {
                    trainer.fit(batch());
                }
            }
        }
        for (SDVariable v : a.variables()) {
            if (SameDiffInternals.isTrained(v)) {
                assertEquals(v.getArr(), b.getVariable(v.name()).getArr(), v.name());
            }
        }
    }

    @Test
    void theWayBackIsTheGraphThatWasGiven() {
        SameDiff plain = StockVit.plain();
        SameDiff lean = UnitRewrite.of(plain, replayable(plain), Map.of(), Map.of());
        SameDiff back = GraphRestore.restore(lean, StockVit.values()).graph();
        assertEquals(plain.variableMap().keySet(), back.variableMap().keySet());
        assertSameTraining(plain, back, 1);
    }

    @Test
    void gradientsOfWhatOnlyPlaceholdersAreBehindAreThereForWhoAsks() {
        SameDiff plain = StockVit.plain();
        SameDiff lean = UnitRewrite.of(plain, replayable(plain), Map.of(), Map.of());
        plain.createGradFunction("in", "mask");
        lean.createGradFunction("in", "mask");
        Map<String, INDArray> expected = plain.calculateGradients(StockVit.values(), "in", "mask");
        Map<String, INDArray> found = lean.calculateGradients(StockVit.values(), "in", "mask");
        assertTrue(expected.get("mask").norm2Number().doubleValue() > 0);
        expected.forEach((name, gradient) -> assertTrue(
                gradient.equalsWithEps(
                        found.get(name), 1e-4 * gradient.amaxNumber().doubleValue()),
                name));
    }

    @Test
    void randomOpsAreLeftWithTheReason() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("in", DataType.FLOAT, 2, 4);
        SDVariable h = x.mmul(sd.var("w0", Nd4j.rand(4, 4)));
        h = sd.nn.dropout(h, 0.5).mmul(sd.var("w1", Nd4j.rand(4, 4)));
        h = sd.nn.tanh(h.mmul(sd.var("w2", Nd4j.rand(4, 4))));
        h.mul(h).sum().rename("loss");
        sd.setLossVariables("loss");
        List<GraphUnit> units = GraphUnits.find(sd);
        List<String> reasons =
                units.stream().filter(u -> u.why() != null).map(GraphUnit::why).toList();
        assertEquals(1, reasons.size(), units::toString);
        assertNotNull(reasons.get(0));
        assertTrue(reasons.get(0).contains("random"), reasons.get(0));
    }
}
