package org.revlayers.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.BaseListener;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;

class SameDiffTrainerOutputTest {

    private static SameDiff graph() {
        Nd4j.getRandom().setSeed(1);
        SameDiff sd = SameDiff.create();
        SDVariable h = sd.placeHolder("x", DataType.FLOAT, -1, 8);
        SDVariable label = sd.placeHolder("label", DataType.FLOAT, -1, 3);
        for (int i = 0; i < 3; i++) {
            SDVariable w = sd.var("w" + i, Nd4j.randn(DataType.FLOAT, 8, 8).muli(0.5));
            h = sd.math().tanh(sd.nn().linear(h, w, sd.var("b" + i, Nd4j.zeros(DataType.FLOAT, 8))));
        }
        SDVariable logits =
                h.mmul(sd.var("head", Nd4j.randn(DataType.FLOAT, 8, 3).muli(0.5)));
        sd.nn().softmax("y", logits, 1);
        sd.loss().softmaxCrossEntropy("loss", label, logits, null);
        sd.setLossVariables("loss");
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(new Adam(0.02))
                .dataSetFeatureMapping("x")
                .dataSetLabelMapping("label")
                .build());
        return sd;
    }

    /** The class is the largest of the first three features: a small network learns that by heart. */
    private static DataSet data() {
        Nd4j.getRandom().setSeed(2);
        INDArray x = Nd4j.randn(DataType.FLOAT, 48, 8);
        INDArray largest =
                x.get(NDArrayIndex.all(), NDArrayIndex.interval(0, 3)).argMax(1);
        INDArray labels = Nd4j.zeros(DataType.FLOAT, 48, 3);
        for (int i = 0; i < 48; i++) {
            labels.putScalar(i, largest.getInt(i), 1);
        }
        return new DataSet(x, labels);
    }

    @Test
    void whatIsLearntByHeartIsEvaluatedAsRight() {
        SameDiff sd = graph();
        try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
            for (int i = 0; i < 400; i++) {
                trainer.fit(data());
            }
            long peak = trainer.peakBytes();
            Evaluation evaluation = new Evaluation();
            trainer.evaluate(new SingletonDataSetIterator(data()), "y", evaluation);
            assertEquals(1, evaluation.accuracy());
            INDArray y = trainer.output(Map.of("x", data().getFeatures()), "y").get("y");
            assertEquals(data().getLabels().argMax(1), y.argMax(1));
            assertEquals(peak, trainer.peakBytes(), "inference is not counted as the step");
            assertEquals(0, trainer.liveBytes());
        }
    }

    @Test
    void outputsLiveOnAndInputsStay() {
        SameDiff sd = graph();
        INDArray x = data().getFeatures().castTo(DataType.DOUBLE);
        INDArray first;
        try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
            first = trainer.output(Map.of("x", x), "y").get("y");
            INDArray copy = first.dup();
            for (int i = 0; i < 3; i++) {
                trainer.output(Map.of("x", x.mul(i)), "y");
            }
            assertEquals(copy, first);
            assertEquals(data().getFeatures().castTo(DataType.DOUBLE), x);
        }
        assertEquals(48 * 3, first.length());
        assertEquals(48, first.sumNumber().doubleValue(), 1e-4);
    }

    @Test
    void theGraphsOwnSettingStays() {
        SameDiff sd = graph();
        sd.setEnableCache(false);
        try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
            trainer.output(data(), "y");
        }
        assertFalse(sd.isEnableCache());
    }

    @Test
    void listenersMayAskForOutputsInsideAStep() {
        SameDiff stock = graph();
        SameDiff sd = graph();
        try (SameDiffTrainer plain = new SameDiffTrainer(stock);
                SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
            sd.setListeners(new BaseListener() {
                @Override
                public boolean isActive(Operation operation) {
                    return operation == Operation.TRAINING;
                }

                @Override
                public void iterationDone(SameDiff graph, At at, MultiDataSet batch, Loss loss) {
                    trainer.output(Map.of("x", batch.getFeatures(0)), "y");
                }

                @Override
                public void preUpdate(
                        SameDiff g, At at, org.nd4j.autodiff.samediff.internal.Variable v, INDArray update) {
                    trainer.output(Map.of("x", data().getFeatures()), "y");
                }
            });
            plain.fit(data());
            trainer.fit(data());
        }
        assertEquals(stock.getVariable("w0").getArr(), sd.getVariable("w0").getArr());
    }

    @Test
    void namesThatAreNotThereAreSaid() {
        try (SameDiffTrainer trainer = new SameDiffTrainer(graph())) {
            String message = assertThrows(IllegalArgumentException.class, () -> trainer.output(Map.of(), "y"))
                    .getMessage();
            assertTrue(message.contains("\"x\""), message);
            message = assertThrows(
                            IllegalArgumentException.class,
                            () -> trainer.output(
                                    Map.of("x", data().getFeatures()),
                                    List.of("z").toArray(new String[0])))
                    .getMessage();
            assertTrue(message.contains("\"z\""), message);
        }
    }
}
