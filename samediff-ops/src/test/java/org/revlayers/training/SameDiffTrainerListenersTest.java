package org.revlayers.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.listeners.ListenerEvaluations;
import org.nd4j.autodiff.listeners.ListenerResponse;
import org.nd4j.autodiff.listeners.ListenerVariables;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.listeners.checkpoint.CheckpointListener;
import org.nd4j.autodiff.listeners.impl.HistoryListener;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/** Listeners are called as SameDiff.fit calls them; what the trainer computes beyond fit, the loss, is left out of the comparison. */
class SameDiffTrainerListenersTest {

    @TempDir
    Path folder;

    private static SameDiff graph() {
        Nd4j.getRandom().setSeed(7);
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 8);
        SDVariable label = sd.placeHolder("label", DataType.FLOAT, -1, 3);
        SDVariable z = x.mmul(sd.var("w", Nd4j.randn(DataType.FLOAT, 8, 3).muli(0.4)));
        SDVariable y = sd.nn().softmax("y", z, 1);
        y.sub(label).norm2("loss");
        z.mul(2).rename("aside");
        sd.setLossVariables("loss");
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(new Adam(0.05))
                .dataSetFeatureMapping("x")
                .dataSetLabelMapping("label")
                .build());
        return sd;
    }

    private static SingletonDataSetIterator data() {
        Nd4j.getRandom().setSeed(3);
        INDArray labels = Nd4j.createFromArray(new float[][] {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 0, 0}});
        return new SingletonDataSetIterator(new DataSet(Nd4j.randn(DataType.FLOAT, 4, 8), labels));
    }

    /** Writes down every call; answers STOP, or throws, where it is told to. */
    private static Listener recorder(List<String> calls, Predicate<String> stop, Predicate<String> fail) {
        return (Listener) Proxy.newProxyInstance(
                Listener.class.getClassLoader(), new Class<?>[] {Listener.class}, (proxy, method, args) -> {
                    switch (method.getName()) {
                        case "isActive":
                            return args[0] == Operation.TRAINING;
                        case "requiredVariables":
                            return ListenerVariables.empty();
                        case "hashCode":
                            return System.identityHashCode(proxy);
                        case "equals":
                            return proxy == args[0];
                        case "toString":
                            return "recorder";
                        default:
                            String call = method.getName();
                            for (Object arg : args) {
                                call += arg instanceof At at ? " " + at.epoch() + "/" + at.iteration() : "";
                                call += arg instanceof SameDiffOp op ? " " + op.getName() : "";
                                call += arg instanceof Operation || arg instanceof String ? " " + arg : "";
                            }
                            if (!call.matches(".* reduce_norm2( .*)?")) {
                                calls.add(call);
                            }
                            if (fail.test(call)) {
                                throw new IllegalStateException("listener fails");
                            }
                            if (method.getReturnType() == ListenerResponse.class) {
                                return stop.test(call) ? ListenerResponse.STOP : ListenerResponse.CONTINUE;
                            }
                            return null;
                    }
                });
    }

    private static List<String> stock(int epochs, Predicate<String> stop) {
        List<String> calls = new ArrayList<>();
        SameDiff sd = graph();
        sd.setListeners(recorder(calls, stop, c -> false));
        sd.fit(data(), epochs);
        return calls;
    }

    @Test
    void callsAreThoseOfFitInItsOrder() {
        List<String> calls = new ArrayList<>();
        SameDiff sd = graph();
        sd.setListeners(recorder(calls, c -> false, c -> false));
        try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
            trainer.fit(data(), 2);
        }
        assertEquals(stock(2, c -> false), calls);
    }

    @Test
    void stopEndsTheTraining() {
        List<String> calls = new ArrayList<>();
        SameDiff sd = graph();
        sd.setListeners(recorder(calls, c -> c.startsWith("epochEnd 1"), c -> false));
        try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
            assertEquals(2, trainer.fit(data(), 5).size());
        }
        assertEquals(stock(5, c -> c.startsWith("epochEnd 1")), calls);
        assertEquals(2, sd.getTrainingConfig().getEpochCount());
    }

    @Test
    void operationsEndAfterAnException() {
        List<String> calls = new ArrayList<>();
        SameDiff sd = graph();
        sd.setListeners(recorder(calls, c -> false, c -> c.startsWith("iterationDone")));
        try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
            assertThrows(IllegalStateException.class, () -> trainer.fit(data(), 2));
            assertEquals("operationEnd TRAINING", calls.get(calls.size() - 1));
            calls.clear();
            assertThrows(IllegalStateException.class, () -> trainer.fit(data().next()));
            assertEquals("operationEnd TRAINING", calls.get(calls.size() - 1));
        }
    }

    @Test
    void checkpointsOfEveryKindGoOnWithTheBitsOfTheTraining() throws Exception {
        for (boolean epochs : new boolean[] {true, false}) {
            File directory = folder.resolve("checkpoints" + epochs).toFile();
            CheckpointListener.Builder builder = CheckpointListener.builder(directory);
            CheckpointListener checkpoints =
                    (epochs ? builder.saveEveryEpoch() : builder.saveEveryNIterations(1)).build();
            SameDiff sd = graph();
            sd.setListeners(checkpoints);
            try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
                trainer.fit(data(), 3);
            }
            assertTrue(!checkpoints.availableCheckpoints().isEmpty(), "no checkpoint");
            SameDiff saved = CheckpointListener.loadLastCheckpoint(directory, true);
            assertEquals(sd.getOps().keySet(), saved.getOps().keySet());
            assertEquals(3, saved.getTrainingConfig().getIterationCount());
            sd.setListeners();
            for (SameDiff each : List.of(sd, saved)) {
                try (SameDiffTrainer trainer = new SameDiffTrainer(each)) {
                    trainer.fit(data().next());
                }
            }
            assertEquals(sd.getVariable("w").getArr(), saved.getVariable("w").getArr());
        }
    }

    @Test
    void historiesHaveLossesAndEvaluations() {
        SameDiff sd = graph();
        HistoryListener history = new HistoryListener(ListenerEvaluations.builder()
                .trainEvaluation("y", 0, new Evaluation())
                .trainEvaluation("aside", 0, new Evaluation())
                .build());
        sd.setListeners(history);
        List<Double> means;
        try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
            means = trainer.fit(data(), 3);
        }
        float[] curve = history.getReport().getLossCurve().meanLoss("loss");
        for (int i = 0; i < 3; i++) {
            assertEquals(means.get(i), curve[i], 1e-6);
        }
        assertEquals(
                3,
                history.getReport()
                        .trainingEval("aside", Evaluation.Metric.ACCURACY)
                        .size());
    }
}
