package org.revlayers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.keep.Memory;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;
import org.revlayers.plan.InfeasibleBudgetException;
import org.revlayers.reversible.CoefficientSchedule;

/** What planners do beyond answers in memory for one batch: reversible chains, a disk, another batch, times that are known. */
class PlannerAnswersTest {

    private static final int BATCH = 4;

    @TempDir
    private Path folder;

    private static MemoryPlanner planner(MultiLayerNetwork net) {
        return MemoryPlanner.of(net, PlannedVit.images(BATCH, 32));
    }

    private static MultiLayerNetwork deep() {
        return PlannedVit.of(Memory.store(), 32, 9, 64, 32);
    }

    private static MemoryPlanner reversible(MultiLayerNetwork net) {
        return planner(net)
                .allow(Exactness.NEW_FUNCTION)
                .schedule(CoefficientSchedule.over(1000))
                .budget("100%");
    }

    @Test
    void blocksInARowBecomeAChain() throws Exception {
        MultiLayerNetwork net = deep();
        MemoryPlan plan = reversible(net).pin("block*", Answer.REVERSIBLE).solve();
        assertEquals(Exactness.NEW_FUNCTION, plan.exactness());
        MultiLayerNetwork lean = plan.apply();
        for (int i = 0; i < 9; i++) {
            String name = "block" + i;
            assertEquals(net.getLayer(name).paramTable(), Lean.parameters(lean, name), name);
        }
        long peak = PlannedVit.measured(lean);
        assertTrue(peak <= plan.peakBytes() && peak >= 0.97 * plan.peakBytes(), peak + " measured of " + plan);
        assertTrue(plan.toString().contains("reversible"), plan::toString);
        MultiLayerNetwork again = MemoryPlan.ofJson(plan.toJson()).apply(net);
        again.fit(PlannedVit.images(BATCH, 32));
        MultiLayerNetwork plain = Lean.restore(plan.apply(net));
        assertEquals(net.params(), plain.params());
        ModelSerializer.writeModel(lean, folder.resolve("lean.zip").toFile(), true);
        MultiLayerNetwork read =
                MultiLayerNetwork.load(folder.resolve("lean.zip").toFile(), true);
        assertEquals(
                lean.output(PlannedVit.images(BATCH, 32).getFeatures()),
                read.output(PlannedVit.images(BATCH, 32).getFeatures()));
        lean.fit(PlannedVit.images(BATCH, 32));
        read.fit(PlannedVit.images(BATCH, 32));
        assertEquals(lean.params(), read.params(), "the schedule goes on where it was");
    }

    @Test
    void chainsOfAnyLengthTakeWhatIsPredicted() {
        MultiLayerNetwork net = deep();
        for (int length : List.of(2, 4, 7)) {
            MemoryPlanner planner = reversible(net);
            for (int i = 1; i <= length; i++) {
                planner.pin("block" + i, Answer.REVERSIBLE);
            }
            planner.pin("block0", Answer.STORE).pin("block8", Answer.CHECKPOINT);
            MemoryPlan plan = planner.solve();
            long peak = PlannedVit.measured(plan.apply());
            assertTrue(peak <= plan.peakBytes() && peak >= 0.97 * plan.peakBytes(), peak + " measured of " + plan);
        }
    }

    @Test
    void sixteenAndEightBitsTakeWhatIsPredicted() {
        MultiLayerNetwork net = deep();
        MemoryPlan plan = planner(net)
                .allow(Exactness.APPROXIMATE_GRADIENTS)
                .budget("100%")
                .pin("block*", Answer.INT8)
                .solve();
        MemoryPlan half = planner(net)
                .allow(Exactness.APPROXIMATE_GRADIENTS)
                .budget("100%")
                .pin("block*", Answer.HALF)
                .solve();
        assertEquals(Exactness.APPROXIMATE_GRADIENTS, plan.exactness());
        assertTrue(plan.keptBytes() < 0.65 * half.keptBytes(), () -> plan + " and in 16 bits " + half);
        for (MemoryPlan each : List.of(plan, half)) {
            long peak = PlannedVit.measured(each.apply());
            assertTrue(peak <= each.peakBytes() && peak >= 0.97 * each.peakBytes(), peak + " measured of " + each);
            assertEquals(each.toString(), MemoryPlan.ofJson(each.toJson()).toString());
        }
        DataSet images = PlannedVit.images(BATCH, 32);
        assertEquals(net.output(images.getFeatures()), ((MultiLayerNetwork) plan.apply()).output(images.getFeatures()));
    }

    @Test
    void aScheduleThatCannotBeInvertedIsRefused() {
        String message = PlannedVit.refused(() -> planner(PlannedVit.small(Memory.store()))
                .schedule(CoefficientSchedule.builder()
                        .totalIterations(100)
                        .returnFraction(0.2)
                        .build()));
        assertTrue(message.contains("beta") && message.contains("over(steps)"), message);
    }

    @Test
    void timesAreMeasuredOnceOnAMachine() {
        String off = System.setProperty("revlayers.planner.times", "on");
        String cache = System.setProperty("revlayers.cache", folder.toString());
        try {
            List<MemoryPlan> plans = IntStream.range(0, 2)
                    .mapToObj(i -> planner(PlannedVit.small(Memory.store()))
                            .allow(Exactness.NEW_FUNCTION)
                            .budget("60%")
                            .solve())
                    .toList();
            assertEquals(
                    plans.get(0)
                            .toString()
                            .replaceAll("(?s)frontier.*", "")
                            .lines()
                            .filter(l -> l.contains("block"))
                            .toList(),
                    plans.get(1)
                            .toString()
                            .replaceAll("(?s)frontier.*", "")
                            .lines()
                            .filter(l -> l.contains("block"))
                            .toList());
            assertTrue(folder.resolve("planner").toFile().list().length == 1);
        } finally {
            restore("revlayers.planner.times", off);
            restore("revlayers.cache", cache);
        }
    }

    /** Arrays of 4 KiB and more go to a disk. */
    private static MultiLayerNetwork wide() {
        return PlannedVit.of(Memory.store(), 64, 6, 256, 64);
    }

    private MemoryPlanner onDisk(MultiLayerNetwork net) {
        return MemoryPlanner.of(net, PlannedVit.images(BATCH, 64)).disk(true);
    }

    @Test
    void aDiskTakesWhatAPlanSays() {
        String before = System.setProperty("revlayers.offload.dir", System.getProperty("java.io.tmpdir"));
        try {
            for (Answer answer : List.of(Answer.OFFLOAD, Answer.CHECKPOINT_OFFLOAD)) {
                MultiLayerNetwork net = wide();
                MemoryPlan plan =
                        onDisk(net).budget("1000%").pin("block*", answer).solve();
                MemoryPlan memory = onDisk(net)
                        .budget("1000%")
                        .pin("block*", answer == Answer.OFFLOAD ? Answer.STORE : Answer.CHECKPOINT)
                        .solve();
                assertTrue(
                        plan.keptBytes() < memory.keptBytes() / 2, () -> "on a disk " + plan + " in memory " + memory);
                assertEquals(Exactness.SAME_FUNCTION, plan.exactness());
                MultiLayerNetwork lean = plan.apply();
                MultiLayerNetwork stored = memory.apply();
                MemoryListener listener = new MemoryListener();
                lean.addListeners(listener);
                for (int i = 0; i < 10; i++) {
                    lean.fit(PlannedVit.images(BATCH, 64));
                }
                for (int i = 0; i < 10; i++) {
                    stored.fit(PlannedVit.images(BATCH, 64));
                }
                assertEquals(stored.params(), lean.params(), "the same bits");
                long peak = listener.report().peakBytes();
                assertTrue(
                        peak <= plan.peakBytes() && peak >= 0.97 * plan.peakBytes(),
                        () -> peak + " measured of " + plan);
                assertTrue(plan.toString().contains("written to a disk"), plan::toString);
                assertTrue(listener.report().writtenBytes() > 0);
                MemoryPlan read = MemoryPlan.ofJson(plan.toJson());
                assertEquals(plan.toString(), read.toString());
            }
        } finally {
            restore("revlayers.offload.dir", before);
        }
    }

    @Test
    void withoutBeingAskedNothingGoesToADisk() {
        String message = PlannedVit.refused(() -> planner(PlannedVit.small(Memory.store()))
                .budget("100%")
                .pin("block0", Answer.OFFLOAD)
                .solve());
        assertTrue(message.contains("offload"), message);
    }

    @Test
    void theFastestBatchIsTried() {
        MultiLayerNetwork net = PlannedVit.small(Memory.store());
        INDArray before = net.params().dup();
        MemoryPlan given = planner(net).budget("3MiB").solve();
        MemoryPlan plan = planner(net).budget("3MiB").batch(MemoryPlanner.AUTO).solve();
        assertTrue(plan.batch() > BATCH, plan::toString);
        assertTrue(plan.batch() <= given.largestBatch() && plan.batch() <= plan.largestBatch(), plan::toString);
        assertTrue(plan.peakBytes() <= 3 << 20);
        MultiLayerNetwork lean = plan.apply();
        DataSet batch = PlannedVit.images((int) plan.batch(), 32);
        MemoryListener memory = new MemoryListener();
        lean.addListeners(memory);
        for (int i = 0; i < 10; i++) {
            lean.fit(batch);
        }
        assertTrue(memory.report().peakBytes() <= 3 << 20, memory.report()::toString);
        assertEquals(before, net.params());
        assertEquals(0, net.getIterationCount());
    }

    @Test
    void aBatchCanBeGiven() {
        MemoryPlan plan =
                planner(PlannedVit.small(Memory.store())).budget("50%").batch(2).solve();
        assertEquals(2, plan.batch());
        assertTrue(plan.peakBytes() < plan.budgetBytes(), "half of plain's with 4 is more than 2 take: " + plan);
        assertTrue(PlannedVit.refused(
                        () -> planner(PlannedVit.small(Memory.store())).batch(-1))
                .contains("AUTO"));
        assertThrows(InfeasibleBudgetException.class, () -> planner(PlannedVit.small(Memory.store()))
                .budget("1KiB")
                .batch(MemoryPlanner.AUTO)
                .solve());
    }

    private static void restore(String property, String before) {
        if (before == null) {
            System.clearProperty(property);
        } else {
            System.setProperty(property, before);
        }
    }
}
