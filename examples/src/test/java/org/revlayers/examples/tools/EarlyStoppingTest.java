package org.revlayers.examples.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.EarlyStoppingModelSaver;
import org.deeplearning4j.earlystopping.EarlyStoppingResult;
import org.deeplearning4j.earlystopping.saver.LocalFileGraphSaver;
import org.deeplearning4j.earlystopping.saver.LocalFileModelSaver;
import org.deeplearning4j.earlystopping.scorecalc.DataSetLossCalculator;
import org.deeplearning4j.earlystopping.termination.MaxEpochsTerminationCondition;
import org.deeplearning4j.earlystopping.trainer.EarlyStoppingGraphTrainer;
import org.deeplearning4j.earlystopping.trainer.EarlyStoppingTrainer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.revlayers.keep.Memory;

/** DL4J's early stopping trains converted networks as fit does, and the best one that it wrote to disk has the score that it was best by, to the bit. */
class EarlyStoppingTest {

    private static final int EPOCHS = 4;
    private static final int BATCHES = 2;

    @TempDir
    private Path folder;

    private static <T extends Model> EarlyStoppingConfiguration<T> epochs(
            DataSetIterator test, EarlyStoppingModelSaver<T> saver) {
        return new EarlyStoppingConfiguration.Builder<T>()
                .epochTerminationConditions(new MaxEpochsTerminationCondition(EPOCHS))
                .scoreCalculator(new DataSetLossCalculator(test, true))
                .evaluateEveryNEpochs(1)
                .modelSaver(saver)
                .build();
    }

    private static <T extends Model> void bestIs(T best, EarlyStoppingResult<T> result, DataSetIterator test) {
        assertEquals(EPOCHS, result.getTotalEpochs());
        double score = result.getScoreVsEpoch().get(result.getBestModelEpoch());
        assertEquals(Collections.min(result.getScoreVsEpoch().values()), score);
        assertEquals(score, new DataSetLossCalculator(test, true).calculateScore(best));
        assertEquals(0, result.getBestModelScore(), "M2.1 asks the loaded network, which has not seen a batch");
        assertArrayEquals(
                result.getBestModel().params().toFloatVector(), best.params().toFloatVector());
    }

    @ParameterizedTest
    @MethodSource("org.revlayers.examples.tools.Converted#ofLists")
    void lists(Memory memory) throws Exception {
        DataSetIterator train = Converted.batchesForLists(BATCHES);
        DataSetIterator test = Converted.batchesForLists(BATCHES + 1);
        MultiLayerNetwork net = Converted.list(memory);
        MultiLayerNetwork byHand = net.clone();
        LocalFileModelSaver saver = new LocalFileModelSaver(folder.toString());
        EarlyStoppingResult<MultiLayerNetwork> result = new EarlyStoppingTrainer(epochs(test, saver), net, train).fit();
        bestIs(saver.getBestModel(), result, test);
        Map<Integer, Double> scores = new TreeMap<>();
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            byHand.fit(train);
            scores.put(epoch, new DataSetLossCalculator(test, true).calculateScore(byHand));
        }
        assertEquals(scores, new TreeMap<>(result.getScoreVsEpoch()));
    }

    @ParameterizedTest
    @MethodSource("org.revlayers.examples.tools.Converted#ofGraphs")
    void graphs(Memory memory) throws Exception {
        DataSetIterator train = Converted.batchesForGraphs(BATCHES);
        DataSetIterator test = Converted.batchesForGraphs(BATCHES + 1);
        ComputationGraph net = Converted.graph(memory);
        ComputationGraph byHand = net.clone();
        LocalFileGraphSaver saver = new LocalFileGraphSaver(folder.toString());
        EarlyStoppingResult<ComputationGraph> result =
                new EarlyStoppingGraphTrainer(epochs(test, saver), net, train).fit();
        bestIs(saver.getBestModel(), result, test);
        Map<Integer, Double> scores = new TreeMap<>();
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            byHand.fit(train);
            scores.put(epoch, new DataSetLossCalculator(test, true).calculateScore(byHand));
        }
        assertEquals(scores, new TreeMap<>(result.getScoreVsEpoch()));
    }
}
