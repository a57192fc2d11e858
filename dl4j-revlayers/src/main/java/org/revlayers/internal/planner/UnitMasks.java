package org.revlayers.internal.planner;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The masks that one example's masks become on their way through a network. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class UnitMasks {

    /**
     * By the names of inputs and vertices that they come out of.
     *
     * @param line what a network of layers in a line calls its input and its layers
     * @param one  a mask for each input of the network, or null; null for none at all
     */
    static Map<String, INDArray> of(Model net, List<String> line, INDArray @Nullable [] one) {
        Map<String, INDArray> masks = new HashMap<>();
        if (one == null) {
            return masks;
        }
        try {
            if (net instanceof ComputationGraph graph) {
                through(graph, masks, one);
            } else {
                through((MultiLayerNetwork) net, line, masks, one[0]);
            }
        } finally {
            clear(net);
        }
        return masks;
    }

    private static void through(MultiLayerNetwork net, List<String> line, Map<String, INDArray> masks, INDArray one) {
        Pair<INDArray, MaskState> mask = new Pair<>(one, MaskState.Active);
        masks.put(line.get(0), one);
        for (int i = 0; i < net.getnLayers() && mask != null; i++) {
            InputPreProcessor before = net.getLayerWiseConfigurations().getInputPreProcess(i);
            if (before != null) {
                mask = before.clone().feedForwardMaskArray(mask.getFirst(), mask.getSecond(), 1);
            }
            mask = mask == null ? null : net.getLayer(i).feedForwardMaskArray(mask.getFirst(), mask.getSecond(), 1);
            masks.put(line.get(i + 1), mask == null ? null : mask.getFirst());
        }
    }

    private static void through(ComputationGraph net, Map<String, INDArray> masks, INDArray... one) {
        List<String> inputs = net.getConfiguration().getNetworkInputs();
        for (int i = 0; i < inputs.size(); i++) {
            masks.put(inputs.get(i), one[i]);
        }
        for (int index : net.topologicalSortOrder()) {
            GraphVertex vertex = net.getVertices()[index];
            if (vertex.isInputVertex()) {
                continue;
            }
            VertexIndices[] from = vertex.getInputVertices();
            INDArray[] given = new INDArray[from == null ? 0 : from.length];
            for (int i = 0; i < given.length; i++) {
                given[i] = masks.get(net.getVertices()[from[i].getVertexIndex()].getVertexName());
            }
            Pair<INDArray, MaskState> mask = vertex.feedForwardMaskArrays(given, MaskState.Active, 1);
            masks.put(vertex.getVertexName(), mask == null ? null : mask.getFirst());
        }
    }

    private static void clear(Model net) {
        if (net instanceof ComputationGraph graph) {
            graph.clearLayerMaskArrays();
        } else {
            ((MultiLayerNetwork) net).clearLayerMaskArrays();
        }
    }
}
