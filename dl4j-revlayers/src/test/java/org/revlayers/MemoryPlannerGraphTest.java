package org.revlayers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.op.RevOps;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;
import org.revlayers.plan.InfeasibleBudgetException;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.training.SameDiffTrainer;

class MemoryPlannerGraphTest {

    private static final int BATCH = 16;
    private static final int TOKENS = 24;
    private static final int WIDTH = 32;
    private static final int HEADS = 4;
    private static final int CLASSES = 5;
    private static final int SIDE = 12;

    private final SameDiff sd = SameDiff.create();

    /** A transformer on tokens {@code [batch, tokens, width]}, pre-norm, of ND4J's ops. */
    private static SameDiff transformer() {
        MemoryPlannerGraphTest test = seeded();
        SDVariable x = test.linear(test.in(-1, TOKENS, WIDTH), "embedding", WIDTH, WIDTH);
        for (int i = 0; i < 4; i++) {
            String name = "block" + i;
            SDVariable a = test.attention(test.norm(x, name + "/norm1"), name);
            SDVariable s = x.add(name + "/attended", a);
            SDVariable h = test.sd.nn.gelu(test.linear(test.norm(s, name + "/norm2"), name + "/fc1", WIDTH, 4 * WIDTH));
            x = s.add(name + "/out", test.linear(h, name + "/fc2", 4 * WIDTH, WIDTH));
        }
        return test.loss(test.norm(x, "norm").mean(1), WIDTH);
    }

    /** The same with ops of ours, which keep less. */
    private static SameDiff lean() {
        MemoryPlannerGraphTest test = seeded();
        SDVariable x = test.linear(test.in(-1, TOKENS, WIDTH), "embedding", WIDTH, WIDTH);
        for (int i = 0; i < 4; i++) {
            String name = "block" + i;
            SDVariable h = RevOps.gelu(test.linear(RevOps.msLayerNorm(x, 1e-6), name + "/fc1", WIDTH, 4 * WIDTH));
            x = RevOps.add(x, test.linear(h, name + "/fc2", 4 * WIDTH, WIDTH)).rename(name + "/out");
        }
        return test.loss(x.mean(1), WIDTH);
    }

    /** Convolutions, residual and in a row, with strides. */
    private static SameDiff convolutions() {
        MemoryPlannerGraphTest test = seeded();
        SDVariable x = test.conv(test.in(-1, 3, SIDE, SIDE), "stem", 3, 8, 1);
        for (int i = 0; i < 3; i++) {
            SDVariable f = test.conv(test.sd.nn.relu(test.conv(x, "a" + i, 8, 8, 1), 0), "b" + i, 8, 8, 1);
            x = test.sd.nn.relu("block" + i, x.add(f), 0);
        }
        x = test.sd.nn.relu(test.conv(x, "down", 8, 16, 2), 0);
        x = test.sd.nn.relu(test.conv(x, "last", 16, 16, 1), 0);
        return test.loss(x.mean(2, 3), 16);
    }

    private static MemoryPlannerGraphTest seeded() {
        Nd4j.getRandom().setSeed(3);
        return new MemoryPlannerGraphTest();
    }

    private SDVariable in(long... shape) {
        return sd.placeHolder("in", DataType.FLOAT, shape);
    }

    private SDVariable linear(SDVariable x, String name, int in, int out) {
        return rows(x.reshape(-1, in), name, in, out).reshape(-1, TOKENS, out);
    }

    private SDVariable rows(SDVariable x, String name, int in, int out) {
        SDVariable w = sd.var(name + "/w", Nd4j.randn(DataType.FLOAT, in, out).muli(1 / Math.sqrt(in)));
        return x.mmul(w).add(sd.var(name + "/b", Nd4j.zeros(out)));
    }

    private SDVariable norm(SDVariable x, String name) {
        return sd.nn.layerNorm(
                x, sd.var(name + "/gain", Nd4j.ones(WIDTH)), sd.var(name + "/bias", Nd4j.zeros(WIDTH)), false, 2);
    }

    private SDVariable attention(SDVariable z, String name) {
        SDVariable q = heads(linear(z, name + "/q", WIDTH, WIDTH));
        SDVariable k = heads(linear(z, name + "/k", WIDTH, WIDTH));
        SDVariable v = heads(linear(z, name + "/v", WIDTH, WIDTH));
        SDVariable p = sd.nn.softmax(sd.mmul(q, k, false, true, false).mul(0.35), -1);
        SDVariable o = sd.mmul(p, v).permute(0, 2, 1, 3).reshape(-1, TOKENS, WIDTH);
        return linear(o, name + "/proj", WIDTH, WIDTH);
    }

    private SDVariable heads(SDVariable x) {
        return x.reshape(-1, TOKENS, HEADS, WIDTH / HEADS).permute(0, 2, 1, 3);
    }

    private SDVariable conv(SDVariable x, String name, int in, int out, int stride) {
        Conv2DConfig config = Conv2DConfig.builder()
                .kH(3)
                .kW(3)
                .sH(stride)
                .sW(stride)
                .paddingMode(PaddingMode.SAME)
                .build();
        return sd.cnn.conv2d(
                x,
                sd.var(name + "/w", Nd4j.randn(DataType.FLOAT, 3, 3, in, out).muli(0.1)),
                sd.var(name + "/b", Nd4j.zeros(out)),
                config);
    }

    private SameDiff loss(SDVariable features, int width) {
        SDVariable logits = rows(features, "head", width, CLASSES);
        sd.loss.softmaxCrossEntropy("loss", sd.placeHolder("label", DataType.FLOAT, -1, CLASSES), logits, null);
        sd.setLossVariables("loss");
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(new Adam(1e-3))
                .dataSetFeatureMapping("in")
                .dataSetLabelMapping("label")
                .build());
        return sd;
    }

    private static SameDiff graph(String name) {
        return switch (name) {
            case "transformer" -> transformer();
            case "lean" -> lean();
            default -> convolutions();
        };
    }

    private static DataSet batch(String name) {
        Nd4j.getRandom().setSeed(9);
        INDArray labels = Nd4j.zeros(BATCH, CLASSES);
        for (int i = 0; i < BATCH; i++) {
            labels.putScalar(i, i % CLASSES, 1);
        }
        return new DataSet(
                name.equals("convolutions")
                        ? Nd4j.randn(DataType.FLOAT, BATCH, 3, SIDE, SIDE)
                        : Nd4j.randn(DataType.FLOAT, BATCH, TOKENS, WIDTH),
                labels);
    }

    private static long peak(SameDiff graph, DataSet batch) {
        try (SameDiffTrainer trainer = new SameDiffTrainer(graph)) {
            trainer.fit(batch);
            trainer.fit(batch);
            return trainer.peakBytes();
        }
    }

    private static void assertSameParameters(SameDiff a, SameDiff b) {
        for (SDVariable v : a.variables()) {
            if (v.getVariableType() == VariableType.VARIABLE) {
                assertEquals(v.getArr(), b.getVariable(v.name()).getArr(), v.name());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "transformer, 100%",
        "transformer, 75%",
        "transformer, 50%",
        "transformer, 35%",
        "lean, 100%",
        "lean, 80%",
        "lean, 60%",
        "convolutions, 100%",
        "convolutions, 80%",
        "convolutions, 65%"
    })
    void plansTrainToTheSameBitsWithinTheBudgetAndTakeWhatIsPredicted(String name, String budget) {
        SameDiff plain = graph(name);
        DataSet batch = batch(name);
        MemoryPlan plan = MemoryPlanner.of(plain, batch).budget(budget).solve();
        SameDiff lean = plan.apply();
        long measured = peak(lean, batch);
        assertTrue(plan.peakBytes() <= plan.budgetBytes(), plan::toString);
        assertTrue(
                measured <= plan.peakBytes() && measured >= 0.97 * plan.peakBytes(),
                () -> "measured " + measured + ", predicted " + plan.peakBytes() + "\n" + plan);
        long all = peak(plain, batch);
        assertTrue(
                all <= plan.plainPeakBytes() && all >= 0.97 * plan.plainPeakBytes(),
                () -> "plain: measured " + all + ", predicted " + plan.plainPeakBytes() + "\n" + plan);
        assertSameParameters(plain, lean);
    }

    @Test
    void anImpossibleBudgetNamesTheLeast() {
        MemoryPlanner planner =
                MemoryPlanner.of(transformer(), batch("transformer")).budget("1KiB");
        InfeasibleBudgetException none = assertThrows(InfeasibleBudgetException.class, planner::solve);
        MemoryPlan least =
                planner.budget(Math.round(1.05 * none.leastBudget()) + "B").solve();
        assertEquals(Exactness.SAME_FUNCTION, least.exactness());
    }

    /** tanh(x·w), eight times. */
    private static SDVariable layers(SameDiff sd, String name, SDVariable x) {
        SDVariable at = x;
        for (int i = 0; i < 8; i++) {
            SDVariable w = sd.var(
                    name + i + "/w", Nd4j.randn(DataType.FLOAT, WIDTH, WIDTH).muli(0.2));
            at = sd.math.tanh(name + i, at.mmul(name + i + "/z", w));
        }
        return at;
    }

    private static SameDiff rows(SameDiff sd, String... losses) {
        sd.setLossVariables(losses);
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(new Adam(1e-3))
                .dataSetFeatureMapping("in")
                .dataSetLabelMapping("label")
                .build());
        return sd;
    }

    private static DataSet rows(int labels) {
        Nd4j.getRandom().setSeed(4);
        return new DataSet(Nd4j.randn(DataType.FLOAT, 64, WIDTH), Nd4j.rand(DataType.FLOAT, 64, labels));
    }

    @Test
    void whatOthersReadBetweenUnitsStaysComputable() {
        Nd4j.getRandom().setSeed(2);
        SameDiff sd = SameDiff.create();
        SDVariable end = layers(sd, "a", sd.placeHolder("in", DataType.FLOAT, -1, WIDTH));
        sd.nn.sigmoid("probe", sd.getVariable("a3/z"));
        sd.math.abs("embedding", sd.getVariable("a3"));
        sd.loss.meanSquaredError("loss", sd.placeHolder("label", DataType.FLOAT, -1, WIDTH), end, null);
        rows(sd, "loss");
        DataSet batch = rows(WIDTH);
        MemoryPlan plan = MemoryPlanner.of(sd, batch).budget("70%").solve();
        SameDiff lean = plan.apply();
        Map<String, INDArray> in = Map.of("in", batch.getFeatures());
        assertEquals(sd.output(in, "probe", "embedding"), lean.output(in, "probe", "embedding"));
        assertTrue(peak(lean, batch) <= plan.peakBytes(), plan::toString);
    }

    @Test
    void lossesOfPartsThatShareNothingArePlannedTogether() {
        Nd4j.getRandom().setSeed(2);
        SameDiff sd = SameDiff.create();
        SDVariable in = sd.placeHolder("in", DataType.FLOAT, -1, WIDTH);
        SDVariable label = sd.placeHolder("label", DataType.FLOAT, -1, WIDTH);
        sd.loss.meanSquaredError("one", label, layers(sd, "a", in), null);
        sd.loss.meanSquaredError("other", label, layers(sd, "b", in), null);
        rows(sd, "one", "other");
        DataSet batch = rows(WIDTH);
        MemoryPlan plan = MemoryPlanner.of(sd, batch).budget("70%").solve();
        SameDiff lean = plan.apply();
        assertTrue(peak(lean, batch) <= plan.peakBytes(), plan::toString);
        peak(sd, batch);
        assertSameParameters(sd, lean);
    }

    /** As in language models. */
    @Test
    void aHundredPercentIsPlainWithALargeHeadToo() {
        Nd4j.getRandom().setSeed(2);
        SameDiff sd = SameDiff.create();
        SDVariable end = layers(sd, "a", sd.placeHolder("in", DataType.FLOAT, -1, WIDTH));
        SDVariable logits = end.mmul(sd.var("head", Nd4j.randn(DataType.FLOAT, WIDTH, 2000)));
        sd.loss.softmaxCrossEntropy("loss", sd.placeHolder("label", DataType.FLOAT, -1, 2000), logits, null);
        rows(sd, "loss");
        DataSet batch = rows(2000);
        MemoryPlanner planner = MemoryPlanner.of(sd, batch).budget("100%");
        MemoryPlan plan = planner.solve();
        long plain = peak(sd, batch);
        assertEquals(plain, plan.budgetBytes());
        assertEquals(plain, plan.peakBytes());
        assertEquals(plan.budgetBytes(), planner.solve().budgetBytes());
    }

    @Test
    void thinnedUnitsArePredictedToo() {
        DataSet batch = batch("transformer");
        MemoryPlan plan = MemoryPlanner.of(transformer(), batch)
                .budget("100%")
                .allow(Exactness.APPROXIMATE_GRADIENTS)
                .pin("block1/attended", Answer.RAZOR)
                .pin("block2/attended", Answer.INT8)
                .pin("block2/out", Answer.HALF)
                .solve();
        assertEquals(Exactness.APPROXIMATE_GRADIENTS, plan.exactness(), plan::toString);
        long measured = peak(plan.apply(), batch);
        assertTrue(
                measured <= plan.peakBytes() && measured >= 0.97 * plan.peakBytes(),
                () -> "measured " + measured + ", predicted " + plan.peakBytes() + "\n" + plan);
        assertTrue(measured < peak(transformer(), batch), plan::toString);
    }

    @Test
    void aPlanIsReadAndAppliedToAnotherGraphAndBack() {
        DataSet batch = batch("transformer");
        MemoryPlan plan = MemoryPlanner.of(transformer(), batch).budget("40%").solve();
        SameDiff lean = MemoryPlan.ofJson(plan.toJson()).apply(transformer(), batch.toMultiDataSet());
        assertEquals(peak(plan.apply(), batch), peak(lean, batch));
        SameDiff back = Lean.restore(lean);
        assertEquals(transformer().variableMap().keySet(), back.variableMap().keySet());
        String other = assertThrows(IllegalArgumentException.class, () -> plan.apply(lean(), batch.toMultiDataSet()))
                .getMessage();
        assertTrue(other.contains("plan for this network"), other);
    }

    @Test
    void verifyingSaysWhatWasMeasured() {
        MemoryPlan plan = MemoryPlanner.of(convolutions(), batch("convolutions"))
                .budget("70%")
                .solve();
        String beside = plan.verify();
        assertTrue(beside.contains("planned") && beside.contains("plain"), beside);
    }

    @Test
    void theFastestBatchIsTried() {
        MemoryPlan plan = MemoryPlanner.of(transformer(), batch("transformer"))
                .budget("50%")
                .batch(MemoryPlanner.AUTO)
                .solve();
        assertTrue(plan.batch() > 0 && plan.peakBytes() <= plan.budgetBytes(), plan::toString);
    }

    @Test
    void whatGraphsDoNotHaveIsRefused() {
        SameDiff bare = SameDiff.create();
        bare.placeHolder("in", DataType.FLOAT, 2, 2)
                .mmul(bare.var("w", Nd4j.rand(2, 2)))
                .sum();
        DataSet batch = batch("lean");
        Map<String, Consumer<MemoryPlanner>> wrong = Map.of(
                "disk", planner -> planner.disk(true),
                "reversible", planner -> planner.schedule(CoefficientSchedule.constant(1, 0.125)));
        wrong.forEach((what, call) -> {
            MemoryPlanner planner = MemoryPlanner.of(lean(), batch);
            String message = assertThrows(IllegalArgumentException.class, () -> call.accept(planner))
                    .getMessage();
            assertTrue(message.contains(what), message);
        });
        String untrained = assertThrows(
                        IllegalArgumentException.class,
                        () -> MemoryPlanner.of(bare, batch).budget("50%").solve())
                .getMessage();
        assertTrue(untrained.contains("setTrainingConfig"), untrained);
        assertEquals(List.of(), bare.getLossVariables());
    }
}
