package org.revlayers.examples.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.listeners.CheckpointListener;
import org.deeplearning4j.optimize.listeners.EvaluativeListener;
import org.deeplearning4j.optimize.listeners.PerformanceListener;
import org.deeplearning4j.optimize.listeners.ScoreIterationListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.evaluation.classification.ROCMultiClass;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.revlayers.examples.SmallModels;
import org.revlayers.keep.Memory;

/** DL4J's evaluations of converted networks, and its listeners, which evaluate and save in the middle of a training and change nothing. */
class EvaluationTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @MethodSource("org.revlayers.examples.tools.Converted#ofLists")
    void evaluateIsWhatOutputsGive(Memory memory) {
        MultiLayerNetwork net = Converted.list(memory);
        DataSetIterator batches = Converted.batchesForLists(3);
        net.fit(batches);
        Evaluation byHand = new Evaluation(4);
        batches.reset();
        while (batches.hasNext()) {
            DataSet batch = batches.next();
            byHand.eval(batch.getLabels(), net.output(batch.getFeatures()));
        }
        assertEquals(byHand.stats(), net.<Evaluation>evaluate(batches).stats());
    }

    /** Of the same function: the same confusion matrix and curves as of the network that it was. */
    @Test
    void evaluationsAreThoseOfThePlainNetwork() {
        MultiLayerNetwork plain = SmallModels.vit();
        MultiLayerNetwork net = Converted.list(Memory.checkpoint());
        DataSetIterator batches = Converted.batchesForLists(3);
        plain.fit(batches);
        net.fit(batches);
        assertEquals(
                plain.<Evaluation>evaluate(batches).stats(),
                net.<Evaluation>evaluate(batches).stats());
        assertEquals(
                plain.<ROCMultiClass>evaluateROCMultiClass(batches, 0).stats(),
                net.<ROCMultiClass>evaluateROCMultiClass(batches, 0).stats());
        ComputationGraph plainGraph = Converted.plainGraph();
        ComputationGraph graph = Converted.graph(Memory.checkpoint());
        DataSetIterator images = Converted.batchesForGraphs(3);
        assertEquals(
                plainGraph.<Evaluation>evaluate(images).stats(),
                graph.<Evaluation>evaluate(images).stats());
    }

    @ParameterizedTest
    @MethodSource("org.revlayers.examples.tools.Converted#ofGraphs")
    void listenersChangeNothing(Memory memory) {
        ComputationGraph alone = Converted.graph(memory);
        ComputationGraph watched = alone.clone();
        watched.setListeners(
                new CheckpointListener.Builder(folder.toFile())
                        .keepLast(1)
                        .saveEveryNIterations(2)
                        .build(),
                new EvaluativeListener(Converted.batchesForGraphs(2), 2),
                new PerformanceListener(2, true),
                new ScoreIterationListener(1));
        alone.fit(Converted.batchesForGraphs(Converted.STEPS));
        watched.fit(Converted.batchesForGraphs(Converted.STEPS));
        assertArrayEquals(alone.params().toFloatVector(), watched.params().toFloatVector());
        ComputationGraph saved = CheckpointListener.loadLastCheckpointCG(folder.toFile());
        ComputationGraph byHand = Converted.graph(memory);
        DataSetIterator batches = Converted.batchesForGraphs(Converted.STEPS);
        int steps = saved.getIterationCount() + 1; // M2.1 counts a step after its listeners
        for (int i = 0; i < steps; i++) {
            byHand.fit(batches.next());
        }
        assertEquals(Converted.STEPS - 1, steps);
        assertArrayEquals(byHand.params().toFloatVector(), saved.params().toFloatVector());
        INDArray images = batches.next().getFeatures();
        assertArrayEquals(
                byHand.outputSingle(images).toFloatMatrix(),
                saved.outputSingle(images).toFloatMatrix());
    }
}
