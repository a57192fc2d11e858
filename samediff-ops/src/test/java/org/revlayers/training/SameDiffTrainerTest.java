package org.revlayers.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.BaseListener;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.regularization.L2Regularization;

class SameDiffTrainerTest {

    private static final long MIB = 1 << 20;

    @ParameterizedTest
    @EnumSource(SmallNet.Method.class)
    void trainsBitForBitAsFitDoes(SmallNet.Method method) {
        SameDiff stock = SmallNet.graph(method, 3);
        SameDiff ours = SmallNet.graph(method, 3);
        try (SameDiffTrainer trainer = new SameDiffTrainer(ours)) {
            for (int step = 0; step < 6; step++) {
                DataSet batch = SmallNet.batch(step);
                float expected = stock.outputSingle(
                                Map.of("in", batch.getFeatures(), "labels", batch.getLabels()), "loss")
                        .getFloat(0);
                stock.fit(batch);
                assertEquals(expected, (float) trainer.fit(batch).totalLoss());
                assertSameParameters(stock, ours, step);
            }
        }
        assertEquals(
                stock.getTrainingConfig().getIterationCount(),
                ours.getTrainingConfig().getIterationCount());
    }

    @Test
    void epochsAndRegularisationAreThoseOfFit() {
        SameDiff stock = SmallNet.graph(SmallNet.Method.APPROXIMATE, 2);
        SameDiff ours = SmallNet.graph(SmallNet.Method.APPROXIMATE, 2);
        for (SameDiff sd : List.of(stock, ours)) {
            sd.getTrainingConfig().setRegularization(Collections.singletonList(new L2Regularization(0.01)));
        }
        List<Loss> expected = new ArrayList<>();
        List<Loss> actual = new ArrayList<>();
        stock.setListeners(new LossListener(expected));
        ours.setListeners(new LossListener(actual));
        DataSet batch = SmallNet.batch(1);
        stock.fit(new SingletonDataSetIterator(batch), 3);
        try (SameDiffTrainer trainer = new SameDiffTrainer(ours)) {
            List<Double> means = trainer.fit(new SingletonDataSetIterator(batch), 3);
            for (int i = 0; i < 3; i++) {
                assertEquals(
                        expected.get(i).getLoss("L2Regularization"),
                        actual.get(i).getLoss("L2Regularization"));
                assertEquals(actual.get(i).totalLoss(), means.get(i));
            }
        }
        assertSameParameters(stock, ours, 3);
        assertEquals(3, ours.getTrainingConfig().getEpochCount());
    }

    @Test
    void twoHundredStepsStayFlat() throws IOException {
        SameDiff sd = SmallNet.graph(SmallNet.Method.APPROXIMATE, 3);
        DataSet batch = SmallNet.batch(3);
        try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
            for (int i = 0; i < 20; i++) {
                trainer.fit(batch);
            }
            long peak = trainer.peakBytes();
            long held = trainer.heldBytes();
            long resident = residentBytes();
            long counter = Nd4j.getEnvironment().getDeviceCouner(0);
            double first = trainer.fit(batch).totalLoss();
            double last = first;
            for (int i = 0; i < 200; i++) {
                last = trainer.fit(batch).totalLoss();
                assertEquals(0, trainer.liveBytes(), "live between steps");
                assertEquals(peak, trainer.peakBytes(), "peak of step " + i);
                assertTrue(trainer.heldBytes() <= trainer.peakBytesWithParameterGradients(), "held at step " + i);
            }
            long growth = residentBytes() - resident;
            long grown = Nd4j.getEnvironment().getDeviceCouner(0) - counter;
            assertTrue(grown < 64 * 1024, "ND4J's own counter grew by " + grown + " bytes");
            assertTrue(growth < 24 * MIB, "process grew by " + growth / MIB + " MiB");
            assertTrue(last < 0.5 * first, "loss " + first + " to " + last);
            System.out.printf(
                    "200 steps: peak %.1f MiB, held %.1f MiB, process growth %.1f MiB%n",
                    peak / (double) MIB, held / (double) MIB, growth / (double) MIB);
        }
    }

    @Test
    void closingGivesAllBack() {
        SameDiff sd = SmallNet.graph(SmallNet.Method.EXACT, 2);
        SameDiffTrainer trainer = new SameDiffTrainer(sd);
        trainer.fit(SmallNet.batch(1));
        assertTrue(trainer.heldBytes() > 0);
        trainer.close();
        assertEquals(0, trainer.heldBytes());
        trainer.fit(SmallNet.batch(2));
        trainer.close();
    }

    @Test
    void worksAfterCalculateGradientsAndBesideFit() {
        SameDiff stock = SmallNet.graph(SmallNet.Method.APPROXIMATE, 2);
        SameDiff ours = SmallNet.graph(SmallNet.Method.APPROXIMATE, 2);
        DataSet batch = SmallNet.batch(5);
        ours.calculateGradients(Map.of("in", batch.getFeatures(), "labels", batch.getLabels()), "head");
        try (SameDiffTrainer trainer = new SameDiffTrainer(ours)) {
            trainer.fit(batch);
            ours.fit(batch);
            trainer.fit(batch);
            assertEquals(0, trainer.liveBytes());
        }
        for (int i = 0; i < 3; i++) {
            stock.fit(batch);
        }
        assertSameParameters(stock, ours, 3);
    }

    private static void assertSameParameters(SameDiff expected, SameDiff actual, int step) {
        for (SDVariable v : expected.variables()) {
            if (v.getVariableType() == VariableType.VARIABLE) {
                assertArrayEquals(
                        v.getArr().dup().data().asFloat(),
                        actual.getVariable(v.name()).getArr().dup().data().asFloat(),
                        v.name() + " after step " + step);
            }
        }
    }

    private static long residentBytes() throws IOException {
        System.gc();
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                        .filter(l -> l.startsWith("VmRSS"))
                        .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")))
                        .sum()
                * 1024;
    }

    /** What {@code fit} computes per step and does not return. */
    private static final class LossListener extends BaseListener {
        private final List<Loss> losses;

        LossListener(List<Loss> losses) {
            this.losses = losses;
        }

        @Override
        public boolean isActive(Operation operation) {
            return operation == Operation.TRAINING;
        }

        @Override
        public void iterationDone(SameDiff sd, At at, MultiDataSet batch, Loss loss) {
            losses.add(loss);
        }
    }
}
