package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.keep.KeepsForBackward;
import org.revlayers.internal.memory.Arena;

/** Every way through the forward gives the same numbers, whatever the batch, leaves inputs alone, and keeps nothing in inference. */
class ForwardContractTest {

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void allWaysAgree(LayerCase layerCase) {
        MultiLayerNetwork net = layerCase.net();
        INDArray x = layerCase.data(3, 1).getFeatures();
        INDArray untouched = x.dup();
        INDArray expected = net.output(x).dup();

        List<INDArray> all = net.feedForward(x, false);
        Compare.same(expected, all.get(all.size() - 1), "feedForward");
        net.setInput(x);
        all = net.feedForward();
        Compare.same(expected, all.get(all.size() - 1), "setInput, then feedForward");

        INDArray a = x;
        for (Layer layer : net.getLayers()) {
            layer.setInput(a, LayerWorkspaceMgr.noWorkspaces());
            a = layer.activate(false, LayerWorkspaceMgr.noWorkspaces());
            Compare.same(all.get(layer.getIndex() + 1), a, "activate of layer " + layer.getIndex());
        }
        Compare.same(expected, a, "activate, layer by layer");
        Compare.same(untouched, x, "the input");

        ComputationGraph graph = layerCase.graph();
        Map<String, INDArray> named = graph.feedForward(x, false);
        Compare.same(expected, named.get("output"), "the graph's feedForward");
        Compare.same(expected, graph.outputSingle(x), "the graph's output");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void inferenceKeepsNothing(LayerCase layerCase) {
        for (WorkspaceMode mode : List.of(WorkspaceMode.NONE, WorkspaceMode.ENABLED)) {
            MultiLayerNetwork net = layerCase.net(DataType.FLOAT, o -> o.inferenceWorkspaceMode(mode));
            long before = Arena.current().liveBytes();
            net.output(layerCase.data(3, 1).getFeatures());
            net.feedForward(layerCase.data(3, 1).getFeatures(), false);
            net.score(layerCase.data(3, 1), false);
            assertEquals(before, Arena.current().liveBytes());
            for (Layer layer : net.getLayers()) {
                assertTrue(!(layer instanceof KeepsForBackward k) || k.kept().isEmpty(), () -> "layer " + layer);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void trainingLeavesNothingLive(LayerCase layerCase) {
        long before = Arena.current().liveBytes();
        for (WorkspaceMode mode : List.of(WorkspaceMode.NONE, WorkspaceMode.ENABLED)) {
            MultiLayerNetwork net = layerCase.net(DataType.FLOAT, o -> o.trainingWorkspaceMode(mode));
            DataSet data = layerCase.data(3, 1);
            INDArray untouched = data.getFeatures().dup();
            net.fit(data);
            Compare.same(untouched, data.getFeatures(), "the input after fit");
            assertEquals(before, Arena.current().liveBytes(), "after fit");
            net.score(data, true);
            net.output(data.getFeatures(), true);
            net.fit(data);
            assertEquals(before, Arena.current().liveBytes(), "after training forwards without backward, and fit");
        }
        ComputationGraph graph = layerCase.graph();
        graph.fit(layerCase.data(3, 1));
        assertEquals(before, Arena.current().liveBytes(), "after the graph's fit");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void examplesDoNotInfluenceEachOther(LayerCase layerCase) {
        MultiLayerNetwork net = layerCase.net();
        INDArray x = layerCase.data(5, 1).getFeatures();
        INDArray whole = net.output(x).dup();
        for (int size : new int[] {1, 3, 5, 2}) {
            INDArray part = x.get(NDArrayIndex.interval(5 - size, 5));
            INDArray expected = whole.get(NDArrayIndex.interval(5 - size, 5), NDArrayIndex.all());
            Compare.near(expected, net.output(part), Tolerances.FLOAT_ORDER, "the last " + size + " examples");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void inputsNeedNotBeContiguousOrOfTheNetworksType(LayerCase layerCase) {
        MultiLayerNetwork net = layerCase.net();
        DataSet data = layerCase.data(3, 1);
        INDArray expected = net.output(data.getFeatures()).dup();
        Compare.same(expected, net.output(data.getFeatures().dup('f')), "F order");
        Compare.same(expected, net.output(data.getFeatures().castTo(DataType.DOUBLE)), "double input");
        MultiLayerNetwork other = net.clone();
        net.fit(data);
        other.fit(new DataSet(data.getFeatures().dup('f'), data.getLabels()));
        Compare.same(net.params(), other.params(), "parameters after a step on F order");
    }
}
