package org.revlayers.internal.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.internal.kernel.razor.RazorLayout;
import org.revlayers.keep.RazorValues;
import org.revlayers.memory.MemoryReport.KeptTensor;
import org.revlayers.op.RevOps;
import org.revlayers.training.SameDiffTrainer;

/** Ops that read one activation keep one copy of it: q, k and v, and the probabilities of attention. */
class RazorSharingTest {

    private static final double PRUNE = 0.6;
    private static final int BATCH = 3;
    private static final int TOKENS = 11;
    private static final int WIDTH = 6;

    private static final Set<String> PARAMETERS = Set.of("first", "q", "k", "v");

    @TempDir
    Path folder;

    /** One head of attention on rows that a linear layer has made. {@code apart}: identities keep the ops from seeing what they share. */
    private static SameDiff attention(RazorValues values, boolean apart) {
        Nd4j.getRandom().setSeed(3);
        SameDiff sd = SameDiff.create();
        SDVariable x = RevOps.razorLinear(
                sd.placeHolder("in", DataType.FLOAT, BATCH, TOKENS, WIDTH), weight(sd, "first"), null, PRUNE, values);
        SDVariable q = RevOps.razorLinear(apart ? sd.identity(x) : x, weight(sd, "q"), null, PRUNE, values);
        SDVariable k = RevOps.razorLinear(apart ? sd.identity(x) : x, weight(sd, "k"), null, PRUNE, values);
        SDVariable v = RevOps.razorLinear(apart ? sd.identity(x) : x, weight(sd, "v"), null, PRUNE, values);
        SDVariable p = RevOps.razorSoftmax(RevOps.razorMatmul(q, k, false, true, PRUNE, values), PRUNE, values);
        SDVariable o = RevOps.razorMatmul(apart ? sd.identity(p) : p, v, false, false, PRUNE, values);
        o.rename("y").sub(1).norm2("loss");
        sd.setLossVariables("loss");
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(new Sgd(1e-2))
                .dataSetFeatureMapping("in")
                .markLabelsUnused()
                .build());
        return sd;
    }

    private static SDVariable weight(SameDiff sd, String name) {
        return sd.var(name, Nd4j.randn(DataType.FLOAT, WIDTH, WIDTH));
    }

    private static INDArray input() {
        Nd4j.getRandom().setSeed(4);
        return Nd4j.randn(DataType.FLOAT, BATCH, TOKENS, WIDTH);
    }

    private static Map<String, float[]> results(SameDiff sd) {
        Map<String, float[]> results = new TreeMap<>();
        results.put("y", AllOpsGraph.floats(sd.outputSingle(Map.of("in", input()), "y")));
        sd.calculateGradients(Map.of("in", input()), PARAMETERS)
                .forEach((name, g) -> results.put(name, AllOpsGraph.floats(g)));
        return results;
    }

    /** Gradients of x are added up in another order. */
    private static void assertSame(Map<String, float[]> expected, Map<String, float[]> actual) {
        expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), 1e-5f, name));
    }

    private static long bitmaps(SameDiff sd) {
        return sd.variables().stream()
                .filter(v -> v.dataType() == DataType.UINT8)
                .count();
    }

    @ParameterizedTest
    @EnumSource(
            value = RazorValues.class,
            names = {"FULL", "INT8"})
    void oneCopyOfEachActivation(RazorValues values) {
        SameDiff shared = attention(values, false);
        SameDiff apart = attention(values, true);
        assertEquals(6, bitmaps(shared)); // of the input, x, q, k, v and p
        assertEquals(9, bitmaps(apart));
        assertSame(results(apart), results(shared));
        File file = folder.resolve("shared.fb").toFile();
        shared.save(file, true);
        SameDiff loaded = SameDiff.load(file, true);
        assertEquals(6, bitmaps(loaded));
        assertSame(results(shared), results(loaded));
    }

    @Test
    void otherRatiosAreOtherCopies() {
        SameDiff sd = SameDiff.create();
        SDVariable x =
                sd.placeHolder("in", DataType.FLOAT, BATCH, TOKENS, WIDTH).mul(2);
        RevOps.razorLinear(x, weight(sd, "a"), null, 0.5, RazorValues.FULL);
        RevOps.razorLinear(x, weight(sd, "b"), null, 0.6, RazorValues.FULL);
        RevOps.razorLinear(x, weight(sd, "c"), null, 0.5, RazorValues.FP16);
        assertEquals(3, bitmaps(sd));
        RevOps.razorLinear(x, weight(sd, "d"), null, 0.6, RazorValues.FULL);
        assertEquals(3, bitmaps(sd));
    }

    @ParameterizedTest
    @EnumSource(RazorValues.class)
    void aStepKeepsTheCopiesAndNothingElse(RazorValues values) {
        try (SameDiffTrainer trainer = new SameDiffTrainer(attention(values, false))) {
            trainer.fit(new DataSet(input(), null));
            long rows = RazorLayout.of(PRUNE, values, BATCH, TOKENS, WIDTH).bytes(DataType.FLOAT);
            long pairs = RazorLayout.of(PRUNE, values, BATCH, TOKENS, TOKENS).bytes(DataType.FLOAT);
            long copies = trainer.kept().stream()
                    .filter(t -> t.op().startsWith("razor"))
                    .filter(t -> !t.variable().equals("y"))
                    .mapToLong(KeptTensor::bytes)
                    .sum();
            long shapes = 6L * 3 * Long.BYTES;
            assertEquals(5 * rows + pairs + shapes, copies, trainer.kept()::toString);
            double before = trainer.fit(new DataSet(input(), null)).totalLoss();
            for (int i = 0; i < 5; i++) {
                trainer.fit(new DataSet(input(), null));
            }
            double after = trainer.fit(new DataSet(input(), null)).totalLoss();
            assertTrue(after < before, before + " to " + after);
        }
    }
}
