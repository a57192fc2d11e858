package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.nn.weights.WeightInit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.revlayers.internal.memory.Arena;

/** Transfer learning keeps parameters bit for bit, leaves frozen ones alone and lets the gradient through where it should pass. */
class TransferLearningContractTest {

    private static final int NEW_CLASSES = 4;

    private static DataSet data(LayerCase layerCase) {
        INDArray labels = Nd4j.zeros(DataType.FLOAT, 2, NEW_CLASSES);
        labels.putScalar(0, 1, 1).putScalar(1, 3, 1);
        return new DataSet(layerCase.data(2, 1).getFeatures(), labels);
    }

    private static FineTuneConfiguration fineTune() {
        return new FineTuneConfiguration.Builder().updater(new Sgd(0.1)).build();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void networkKeepsFrozenParameters(LayerCase layerCase) {
        MultiLayerNetwork net = layerCase.net();
        net.fit(layerCase.data(2, 1));
        int last = net.getnLayers() - 1;
        MultiLayerNetwork tuned = new TransferLearning.Builder(net)
                .fineTuneConfiguration(fineTune())
                .setFeatureExtractor(last - 1)
                .nOutReplace(last, NEW_CLASSES, WeightInit.XAVIER)
                .build();
        INDArray head = tuned.getLayer(last).params().dup();
        long live = Arena.current().liveBytes();
        tuned.fit(data(layerCase));
        assertEquals(live, Arena.current().liveBytes());
        for (int i = 0; i < last; i++) {
            INDArray before = net.getLayer(i).params();
            if (before != null) {
                Compare.same(before, tuned.getLayer(i).params(), "frozen layer " + i);
            }
        }
        Compare.different(head, tuned.getLayer(last).params(), "the new output layer is trained");
        assertArrayEquals(
                new long[] {2, NEW_CLASSES},
                tuned.output(layerCase.data(2, 1).getFeatures()).shape());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void graphKeepsParameters(LayerCase layerCase) {
        ComputationGraph graph = layerCase.graph();
        graph.fit(layerCase.data(2, 1));
        List<Layer> layers = layerCase.layers().get();
        String first = layers.get(0).getLayerName();
        String beforeLast = layers.get(layers.size() - 2).getLayerName();
        ComputationGraph tuned = new TransferLearning.GraphBuilder(graph)
                .fineTuneConfiguration(fineTune())
                .setFeatureExtractor(first)
                .removeVertexAndConnections("output")
                .addLayer(
                        "classes",
                        new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                                .nIn(graph.layerInputSize("output"))
                                .nOut(NEW_CLASSES)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        beforeLast)
                .setOutputs("classes")
                .build();
        for (Layer layer : layers.subList(0, layers.size() - 1)) {
            INDArray before = graph.getLayer(layer.getLayerName()).params();
            if (before != null) {
                Compare.same(before, tuned.getLayer(layer.getLayerName()).params(), layer.getLayerName());
            }
        }
        tuned.fit(data(layerCase));
        Compare.same(graph.getLayer(first).params(), tuned.getLayer(first).params(), "frozen after fit");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#onTokens")
    void gradientPassesThroughAFrozenLayer(LayerCase layerCase) {
        if (layerCase.name().contains("drop path") || layerCase.name().contains("random signs")) {
            return; // a frozen layer drops nothing and has no signs: not the same network
        }
        for (WorkspaceMode mode : List.of(WorkspaceMode.NONE, WorkspaceMode.ENABLED)) {
            MultiLayerNetwork free = layerCase.net(DataType.FLOAT, o -> o.trainingWorkspaceMode(mode));
            NeuralNetConfiguration.ListBuilder list =
                    LayerCase.base(DataType.FLOAT).trainingWorkspaceMode(mode).list();
            for (Layer layer : layerCase.layers().get()) {
                boolean tested = LayerCase.TESTED.equals(layer.getLayerName());
                list.layer(tested ? new FrozenLayerWithBackprop(layer) : layer);
            }
            MultiLayerNetwork frozen =
                    LayerCase.init(list.setInputType(layerCase.input()).build());
            frozen.setParams(free.params());
            long live = Arena.current().liveBytes();
            free.fit(layerCase.data(2, 1));
            INDArray before = frozen.getLayer(1).params();
            before = before == null ? null : before.dup();
            frozen.fit(layerCase.data(2, 1));
            assertEquals(live, Arena.current().liveBytes());
            Compare.same(free.getLayer(0).params(), frozen.getLayer(0).params(), "the layer before");
            if (before != null) {
                Compare.same(before, frozen.getLayer(1).params(), "the frozen layer");
            }
        }
    }
}
