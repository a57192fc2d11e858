package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A model file holds everything: what is restored computes the same, and training goes on as if it had not stopped. */
class ModelFileContractTest {

    @TempDir
    private Path folder;

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void networkResumesBitForBit(LayerCase layerCase) throws IOException {
        MultiLayerNetwork net = layerCase.net();
        net.fit(layerCase.data(3, 1));
        net.fit(layerCase.data(3, 2));
        File file = folder.resolve("net.zip").toFile();
        ModelSerializer.writeModel(net, file, true);
        MultiLayerNetwork back = ModelSerializer.restoreMultiLayerNetwork(file, true);

        assertEquals(net.getLayerWiseConfigurations(), back.getLayerWiseConfigurations());
        Compare.same(net.params(), back.params(), "parameters");
        Compare.same(net.getUpdater().getStateViewArray(), back.getUpdater().getStateViewArray(), "updater state");
        INDArray x = layerCase.data(2, 3).getFeatures();
        Compare.same(net.output(x), back.output(x), "output");
        for (int step = 4; step < 6; step++) {
            net.fit(layerCase.data(3, step));
            back.fit(layerCase.data(3, step));
        }
        Compare.same(net.params(), back.params(), "parameters after two more steps");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void graphResumesBitForBit(LayerCase layerCase) throws IOException {
        ComputationGraph graph = layerCase.graph();
        graph.fit(layerCase.data(3, 1));
        File file = folder.resolve("graph.zip").toFile();
        ModelSerializer.writeModel(graph, file, true);
        ComputationGraph back = ModelSerializer.restoreComputationGraph(file, true);

        assertEquals(graph.getConfiguration(), back.getConfiguration());
        Compare.same(graph.params(), back.params(), "parameters");
        graph.fit(layerCase.data(3, 2));
        back.fit(layerCase.data(3, 2));
        Compare.same(graph.params(), back.params(), "parameters after one more step");
    }
}
