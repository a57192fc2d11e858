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
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.internal.convert.PlanUnits;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.models.VisionTransformer;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Bytes;
import org.revlayers.plan.Exactness;
import org.revlayers.plan.InfeasibleBudgetException;

class MemoryPlannerTest {

    private static final int BATCH = 4;

    @TempDir
    private Path folder;

    private static MultiLayerNetwork vit() {
        return PlannedVit.small(Memory.store());
    }

    private static MemoryPlanner planner(MultiLayerNetwork net) {
        return MemoryPlanner.of(net, PlannedVit.images(BATCH, 32));
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
            long peak = PlannedVit.measured(plan.apply());
            assertTrue(peak <= plan.peakBytes() && peak >= 0.97 * plan.peakBytes(), peak + " measured of " + plan);
            assertEquals(Exactness.SAME_FUNCTION, plan.exactness());
        }
        assertEquals(before, net.params(), "planning changes nothing");
        assertEquals(0, net.getIterationCount());
    }

    @Test
    void plansOfTheSameFunctionTrainAlike() {
        MultiLayerNetwork net = vit();
        DataSet data = PlannedVit.images(BATCH, 32);
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
        DataSet data = PlannedVit.images(BATCH, 12);
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
        DataSet data = PlannedVit.images(BATCH, 32);
        MultiLayerNetwork exact = vit();
        exact.fit(data);
        for (Memory built : List.of(Memory.razor(0.5), Memory.recompute())) {
            MultiLayerNetwork net = PlannedVit.small(built);
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
        long most = MemoryPlanner.of(net, PlannedVit.images(largest, 32))
                .budget("1MiB")
                .solve()
                .peakBytes();
        assertTrue(most <= Bytes.parse("1MiB") && most > 0.9 * Bytes.parse("1MiB"), plan::toString);
        String message =
                PlannedVit.refused(() -> MemoryPlanner.of(net, PlannedVit.images(largest + largest / 8 + 1, 32))
                        .budget("1MiB")
                        .solve());
        assertTrue(message.contains("the largest that fits is"), message);
    }

    @Test
    void pinsAreHeldOrRefused() {
        MemoryPlan plan =
                planner(vit()).pin("block1", Answer.STORE).budget("70%").solve();
        assertTrue(plan.toString().contains("block1                           store"), plan::toString);
        assertTrue(PlannedVit.refused(() ->
                        planner(vit()).pin("res2*", Answer.STORE).budget("60%").solve())
                .contains("res2*"));
        assertTrue(PlannedVit.refused(() -> planner(vit())
                        .pin("block1", Answer.STORE)
                        .pin("block*", Answer.CHECKPOINT)
                        .budget("60%")
                        .solve())
                .contains("disagree"));
        assertTrue(
                PlannedVit.refused(() -> planner(vit()).pin("a", Answer.STORE).pin("a", Answer.HALF))
                        .contains("disagree"));
        assertTrue(PlannedVit.refused(() -> planner(vit())
                        .pin("embedding", Answer.RECOMPUTE)
                        .budget("60%")
                        .solve())
                .contains("embedding"));
    }

    @Test
    void budgetsSayTheirUnit() {
        for (String text : List.of("400", "MiB", "-3MiB", "0%", "x%", "", "%")) {
            PlannedVit.refused(() -> planner(vit()).budget(text));
        }
        assertTrue(PlannedVit.refused(() -> planner(vit()).solve()).contains("budget"));
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
        lean.fit(PlannedVit.images(BATCH, 32));
        loaded.fit(PlannedVit.images(BATCH, 32));
        assertEquals(lean.params(), loaded.params());
        MultiLayerNetwork other = read.apply(vit());
        assertEquals(PlannedVit.measured(plan.apply()), PlannedVit.measured(other));
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
        assertTrue(PlannedVit.refused(() -> read.apply(deeper)).contains("plan for this network"));
        PlannedVit.refused(() -> MemoryPlan.ofJson("{}"));
        PlannedVit.refused(() -> MemoryPlan.ofJson("no"));
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
        PlannedVit.refused(() -> planner(vit()).processBudget("1MiB").solve());
        assertTrue(planner(vit()).processBudget("auto").solve().budgetBytes() > 0);
    }

    @Test
    void aTrialSaysWhatWasMeasured() {
        String trial = planner(vit()).budget("50%").solve().verify();
        assertTrue(trial.contains("planned") && trial.contains("plain") && trial.contains("(1.0000)"), trial);
    }
}
