package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One layer of a network under conversion: who reads it, what it becomes. A vertex that is not a layer has no config. */
final class Node {

    final String name;
    /** The config as it will be, a copy; null for a vertex that is not a layer. */
    Layer layer;
    /** Old parameters in DOUBLE, replaced piece by piece by the new ones. */
    final Map<String, INDArray> params = new LinkedHashMap<>();

    final List<Node> readers = new ArrayList<>();
    /** Whether the network gives this node's output to its user. */
    final boolean output;
    /** Whether something stands between the node and its input. */
    final boolean preProcessed;
    /** The gamma and beta that this node's input has lost, or null. */
    Affine lost;

    Node(String name, Layer layer, Map<String, INDArray> params, boolean output, boolean preProcessed) {
        this.name = name;
        this.layer = layer;
        this.output = output;
        this.preProcessed = preProcessed;
        params.forEach((key, value) -> this.params.put(key, value.castTo(DataType.DOUBLE)));
    }

    @Override
    public String toString() {
        return (layer == null ? "vertex" : layer.getClass().getSimpleName()) + " \"" + name + "\"";
    }
}
