package org.revlayers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.internal.convert.PlanUnits;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.models.VisionTransformer;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Bytes;
import org.revlayers.plan.Exactness;
import org.revlayers.plan.InfeasibleBudgetException;
import org.revlayers.reversible.CoefficientSchedule;

class MemoryPlannerTest {

    private static final int BATCH = 4;

    @TempDir
    private Path folder;

    private static MultiLayerNetwork vit() {
        return vit(Memory.store());
    }

    private static MultiLayerNetwork vit(Memory memory) {
        return VisionTransformer.builder()
                .memory(memory)
                .features(32)
                .depth(4)
                .heads(2)
                .mlp(64)
                .height(32)
                .width(32)
                .patch(8)
                .classes(3)
                .updater(new Sgd(0.1))
                .build()
                .init();
    }

    private static DataSet images(int batch, int side) {
        INDArray x = Nd4j.randn(Nd4j.getRandomFactory().getNewRandomInstance(3), new long[] {batch, 3, side, side});
        INDArray y = Nd4j.zeros(DataType.FLOAT, batch, 3);
        for (int i = 0; i < batch; i++) {
            y.putScalar(i, i % 3, 1);
        }
        return new DataSet(x, y);
    }

    private static MemoryPlanner planner(MultiLayerNetwork net) {
        return MemoryPlanner.of(net, images(BATCH, 32));
    }

    private static long measured(MultiLayerNetwork net) {
        for (int i = 0; i < 10; i++) {
            net.fit(images(BATCH, 32));
        }
        MemoryListener memory = new MemoryListener();
        net.addListeners(memory);
        for (int i = 0; i < 10; i++) {
            net.fit(images(BATCH, 32));
        }
        return memory.report().peakBytes();
    }

    private static String refused(Runnable call) {
        return assertThrows(IllegalArgumentException.class, call::run).getMessage();
    }

    @Test
    void aBudgetIsALimit() {
        MultiLayerNetwork net = vit();
        INDArray before = net.params().dup();
        MemoryPlanner planner = planner(net);
        long last = Long.MAX_VALUE;
        for (String budget : List.of("100%", "70%", "55%", "46%")) {
            MemoryPlan plan = planner.budget(budget).solve();
            assertTrue(plan.peakBytes() <= plan.budgetBytes(), plan::toString);
            assertTrue(plan.peakBytes() <= last, "less memory for less: " + plan);
            last = plan.peakBytes();
            long peak = measured(plan.apply());
            assertTrue(peak <= plan.peakBytes() && peak >= 0.97 * plan.peakBytes(), peak + " measured of " + plan);
            assertEquals(Exactness.SAME_FUNCTION, plan.exactness());
        }
        assertEquals(before, net.params(), "planning changes nothing");
        assertEquals(0, net.getIterationCount());
    }

    @Test
    void plansOfTheSameFunctionTrainAlike() {
        MultiLayerNetwork net = vit();
        DataSet data = images(BATCH, 32);
        MemoryPlan stored = planner(net).budget("100%").pin("*", Answer.STORE).solve();
        MemoryPlan lean =
                planner(net).budget("100%").pin("*", Answer.CHECKPOINT).solve();
        MultiLayerNetwork first = stored.apply();
        MultiLayerNetwork second = lean.apply();
        Compare.same(net.output(data.getFeatures()), second.output(data.getFeatures()), "output");
        first.fit(data);
        second.fit(data);
        Compare.same(first.params(), second.params(), "parameters after a step");
        Compare.same(Lean.restore(first).params(), Lean.restore(second).params(), "parameters restored");
    }

    /** pytorch/pytorch#190758: recomputation drew other numbers than the forward before. */
    @Test
    void recomputedDropoutDrawsTheSameNumbers() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(5)
                .updater(new Sgd(0.1))
                .list()
                .layer(new ConvolutionLayer.Builder(3, 3).nOut(4).build())
                .layer(new BatchNormalization())
                .layer(new DropoutLayer(0.5))
                .layer(new ConvolutionLayer.Builder(3, 3)
                        .nOut(4)
                        .activation(Activation.TANH)
                        .dropOut(0.7)
                        .build())
                .layer(new OutputLayer.Builder()
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.convolutional(12, 12, 3))
                .build());
        net.init();
        DataSet data = images(BATCH, 12);
        List<INDArray> after = new ArrayList<>();
        for (Answer answer : List.of(Answer.STORE, Answer.CHECKPOINT)) {
            PlanUnits units = PlanUnits.of(net);
            MultiLayerNetwork planned = (MultiLayerNetwork) units.apply(units.alone(answer.memory()));
            for (int i = 0; i < 3; i++) {
                planned.fit(data);
            }
            after.add(planned.params());
        }
        Compare.same(after.get(0), after.get(1), "parameters after three steps");
        Compare.different(net.params(), after.get(0), "it learns");
    }

    @Test
    void exactAnswersAreExactWhateverBlocksWereBuiltWith() {
        DataSet data = images(BATCH, 32);
        MultiLayerNetwork exact = vit();
        exact.fit(data);
        for (Memory built : List.of(Memory.razor(0.5), Memory.recompute())) {
            MultiLayerNetwork net = vit(built);
            for (Answer answer : List.of(Answer.STORE, Answer.RECOMPUTE, Answer.CHECKPOINT)) {
                PlanUnits units = PlanUnits.of(net);
                List<PlanUnits.Assigned> alone = IntStream.range(
                                0, units.units().size())
                        .mapToObj(i -> new PlanUnits.Assigned(
                                i, i + 1, units.answers(i).contains(answer) ? answer.memory() : Memory.store()))
                        .toList();
                MultiLayerNetwork planned = (MultiLayerNetwork) units.apply(alone);
                planned.setParams(vit().params());
                planned.fit(data);
                Compare.near(exact.params(), planned.params(), 1e-6, answer + " of " + built);
            }
        }
    }

    @Test
    void widerAnswersAreOneCall() {
        MemoryPlanner planner = planner(vit());
        String message = assertThrows(InfeasibleBudgetException.class, () -> planner.budget("2%")
                        .solve())
                .getMessage();
        assertTrue(message.contains("the least that works is") && message.contains("batch"), message);
        MemoryPlan exact = planner.budget("50%").solve();
        MemoryPlan wider =
                planner.allow(Exactness.APPROXIMATE_GRADIENTS).budget("50%").solve();
        assertTrue(exact.peakBytes() <= exact.budgetBytes() && wider.peakBytes() <= exact.budgetBytes());
        assertTrue(wider.toString().contains("exact"), wider::toString);
        MemoryPlan two = planner.pin("block*", Answer.APPROX).budget("200%").solve();
        assertEquals(Exactness.APPROXIMATE_GRADIENTS, two.exactness());
        assertTrue(two.toString().contains("approximate gradients"), two::toString);
    }

    @Test
    void theLargestBatchFitsAndOneMoreDoesNot() {
        MultiLayerNetwork net = vit();
        MemoryPlan plan = planner(net).budget("1 MiB").solve();
        int largest = Math.toIntExact(plan.largestBatch());
        assertTrue(plan.fastestBatch() >= 1 && plan.fastestBatch() <= largest, plan::toString);
        long most = MemoryPlanner.of(net, images(largest, 32))
                .budget("1MiB")
                .solve()
                .peakBytes();
        assertTrue(most <= Bytes.parse("1MiB") && most > 0.9 * Bytes.parse("1MiB"), plan::toString);
        String message = refused(() -> MemoryPlanner.of(net, images(largest + largest / 8 + 1, 32))
                .budget("1MiB")
                .solve());
        assertTrue(message.contains("the largest that fits is"), message);
    }

    @Test
    void pinsAreHeldOrRefused() {
        MemoryPlan plan =
                planner(vit()).pin("block1", Answer.STORE).budget("70%").solve();
        assertTrue(plan.toString().contains("block1                           store"), plan::toString);
        assertTrue(refused(() ->
                        planner(vit()).pin("res2*", Answer.STORE).budget("60%").solve())
                .contains("res2*"));
        assertTrue(refused(() -> planner(vit())
                        .pin("block1", Answer.STORE)
                        .pin("block*", Answer.CHECKPOINT)
                        .budget("60%")
                        .solve())
                .contains("disagree"));
        assertTrue(refused(() -> planner(vit()).pin("a", Answer.STORE).pin("a", Answer.HALF))
                .contains("disagree"));
        assertTrue(refused(() -> planner(vit())
                        .pin("embedding", Answer.RECOMPUTE)
                        .budget("60%")
                        .solve())
                .contains("embedding"));
    }

    @Test
    void budgetsSayTheirUnit() {
        for (String text : List.of("400", "MiB", "-3MiB", "0%", "x%", "", "%")) {
            refused(() -> planner(vit()).budget(text));
        }
        assertTrue(refused(() -> planner(vit()).solve()).contains("budget"));
        MemoryPlan plan = planner(vit()).budget("1 GiB").solve();
        assertEquals(Bytes.parse("1GiB"), plan.budgetBytes());
        assertEquals(plan.plainPeakBytes(), plan.peakBytes(), "with memory to spare everything is stored: " + plan);
    }

    @Test
    void aPlanIsJsonAndPartOfTheModelFile() throws Exception {
        MultiLayerNetwork net = vit();
        MemoryPlan plan = planner(net).budget("46%").solve();
        MultiLayerNetwork lean = plan.apply();
        Path file = folder.resolve("model.zip");
        ModelSerializer.writeModel(lean, file.toFile(), true);
        assertTrue(refusedFrom(file).contains("no plan"));
        plan.addTo(file);
        MemoryPlan read = MemoryPlan.from(file);
        assertEquals(plan.toString(), read.toString());
        assertEquals(plan.toJson(), MemoryPlan.ofJson(plan.toJson()).toJson());
        MultiLayerNetwork loaded = ModelSerializer.restoreMultiLayerNetwork(file.toFile());
        lean.fit(images(BATCH, 32));
        loaded.fit(images(BATCH, 32));
        assertEquals(lean.params(), loaded.params());
        MultiLayerNetwork other = read.apply(vit());
        assertEquals(measured(plan.apply()), measured(other));
        assertThrows(IllegalStateException.class, read::apply);
        MultiLayerNetwork deeper = VisionTransformer.builder()
                .features(32)
                .depth(5)
                .heads(2)
                .mlp(64)
                .height(32)
                .width(32)
                .patch(8)
                .classes(3)
                .build()
                .init();
        assertTrue(refused(() -> read.apply(deeper)).contains("plan for this network"));
        refused(() -> MemoryPlan.ofJson("{}"));
        refused(() -> MemoryPlan.ofJson("no"));
    }

    private static String refusedFrom(Path file) {
        return assertThrows(IllegalArgumentException.class, () -> MemoryPlan.from(file))
                .getMessage();
    }

    @Test
    void theProcessIsWeightsBatchAndTheRestToo() {
        MemoryPlan plan = planner(vit()).processBudget("8GiB").solve();
        assertTrue(plan.toString().contains("of the whole process"), plan::toString);
        assertTrue(plan.budgetBytes() < Bytes.parse("8GiB"));
        refused(() -> planner(vit()).processBudget("1MiB").solve());
        assertTrue(planner(vit()).processBudget("auto").solve().budgetBytes() > 0);
    }

    @Test
    void aTrialSaysWhatWasMeasured() {
        String trial = planner(vit()).budget("50%").solve().verify();
        assertTrue(trial.contains("planned") && trial.contains("plain") && trial.contains("(1.0000)"), trial);
    }

    private static MultiLayerNetwork deep() {
        return VisionTransformer.builder()
                .features(32)
                .depth(9)
                .heads(2)
                .mlp(64)
                .height(32)
                .width(32)
                .patch(8)
                .classes(3)
                .updater(new Sgd(0.1))
                .build()
                .init();
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
        long peak = measured(lean);
        assertTrue(peak <= plan.peakBytes() && peak >= 0.97 * plan.peakBytes(), peak + " measured of " + plan);
        assertTrue(plan.toString().contains("reversible"), plan::toString);
        MultiLayerNetwork again = MemoryPlan.ofJson(plan.toJson()).apply(net);
        again.fit(images(BATCH, 32));
        MultiLayerNetwork plain = Lean.restore(plan.apply(net));
        assertEquals(net.params(), plain.params());
        ModelSerializer.writeModel(lean, folder.resolve("lean.zip").toFile(), true);
        MultiLayerNetwork read =
                MultiLayerNetwork.load(folder.resolve("lean.zip").toFile(), true);
        assertEquals(
                lean.output(images(BATCH, 32).getFeatures()),
                read.output(images(BATCH, 32).getFeatures()));
        lean.fit(images(BATCH, 32));
        read.fit(images(BATCH, 32));
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
            long peak = measured(plan.apply());
            assertTrue(peak <= plan.peakBytes() && peak >= 0.97 * plan.peakBytes(), peak + " measured of " + plan);
        }
    }

    @Test
    void aScheduleThatCannotBeInvertedIsRefused() {
        String message = refused(() -> planner(vit())
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
                    .mapToObj(i -> planner(vit())
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
        return VisionTransformer.builder()
                .features(64)
                .depth(6)
                .heads(2)
                .mlp(256)
                .height(64)
                .width(64)
                .patch(8)
                .classes(3)
                .updater(new Sgd(0.1))
                .build()
                .init();
    }

    private MemoryPlanner onDisk(MultiLayerNetwork net) {
        return MemoryPlanner.of(net, images(BATCH, 64)).disk(true);
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
                    lean.fit(images(BATCH, 64));
                }
                for (int i = 0; i < 10; i++) {
                    stored.fit(images(BATCH, 64));
                }
                assertEquals(stored.params(), lean.params(), "the same bits");
                assertTrue(
                        listener.report().peakBytes() <= plan.peakBytes(),
                        () -> listener.report().peakBytes() + " of " + plan);
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
        String message = refused(() ->
                planner(vit()).budget("100%").pin("block0", Answer.OFFLOAD).solve());
        assertTrue(message.contains("offload"), message);
    }

    @Test
    void theFastestBatchIsTried() {
        MultiLayerNetwork net = vit();
        INDArray before = net.params().dup();
        MemoryPlan given = planner(net).budget("3MiB").solve();
        MemoryPlan plan = planner(net).budget("3MiB").batch(MemoryPlanner.AUTO).solve();
        assertTrue(plan.batch() > BATCH, plan::toString);
        assertTrue(plan.batch() <= given.largestBatch() && plan.batch() <= plan.largestBatch(), plan::toString);
        assertTrue(plan.peakBytes() <= 3 << 20);
        MultiLayerNetwork lean = plan.apply();
        DataSet batch = images((int) plan.batch(), 32);
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
        MemoryPlan plan = planner(vit()).budget("50%").batch(2).solve();
        assertEquals(2, plan.batch());
        assertTrue(plan.peakBytes() < plan.budgetBytes(), "half of plain's with 4 is more than 2 take: " + plan);
        assertTrue(refused(() -> planner(vit()).batch(-1)).contains("AUTO"));
        assertThrows(
                InfeasibleBudgetException.class,
                () -> planner(vit()).budget("1KiB").batch(MemoryPlanner.AUTO).solve());
    }

    private static void restore(String property, String before) {
        if (before == null) {
            System.clearProperty(property);
        } else {
            System.setProperty(property, before);
        }
    }
}
