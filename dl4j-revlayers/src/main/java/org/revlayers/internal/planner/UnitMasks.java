package org.revlayers.internal.planner;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
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
        if (one == null || net instanceof MultiLayerNetwork && one[0] == null) {
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
        put(masks, line.get(0), mask);
        for (int i = 0; i < net.getnLayers() && mask != null; i++) {
            InputPreProcessor before = net.getLayerWiseConfigurations().getInputPreProcess(i);
            if (before != null) {
                mask = before.clone().feedForwardMaskArray(mask.getFirst(), mask.getSecond(), 1);
            }
            mask = mask == null ? null : net.getLayer(i).feedForwardMaskArray(mask.getFirst(), mask.getSecond(), 1);
            put(masks, line.get(i + 1), mask);
        }
    }

    private static void through(ComputationGraph net, Map<String, INDArray> masks, INDArray... one) {
        net.setLayerMaskArrays(one, null); // some vertices read those of the network's inputs
        List<String> inputs = net.getConfiguration().getNetworkInputs();
        for (int i = 0; i < inputs.size(); i++) {
            put(masks, inputs.get(i), new Pair<>(one[i], MaskState.Active));
        }
        for (int index : net.topologicalSortOrder()) {
            GraphVertex vertex = net.getVertices()[index];
            if (!vertex.isInputVertex()) {
                put(
                        masks,
                        vertex.getVertexName(),
                        vertex.feedForwardMaskArrays(given(net, vertex, masks), MaskState.Active, 1));
            }
        }
    }

    /** Of what a vertex reads; null if none of that has one. */
    private static INDArray @Nullable [] given(ComputationGraph net, GraphVertex vertex, Map<String, INDArray> masks) {
        INDArray[] given = Arrays.stream(vertex.getInputVertices())
                .map(from -> masks.get(net.getVertices()[from.getVertexIndex()].getVertexName()))
                .toArray(INDArray[]::new);
        return Arrays.stream(given).allMatch(Objects::isNull) ? null : given;
    }

    private static void put(Map<String, INDArray> masks, String name, @Nullable Pair<INDArray, MaskState> mask) {
        if (mask != null && mask.getFirst() != null) {
            masks.put(name, mask.getFirst());
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
