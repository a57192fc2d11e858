package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.layers.ScaleLayer;

/** A graph's configuration with its edges in both directions. Names of vertices and of network inputs are alike here. */
final class GraphIndex {

    private final ComputationGraphConfiguration conf;
    private final Map<String, List<String>> readers = new HashMap<>();

    GraphIndex(ComputationGraphConfiguration conf) {
        this.conf = conf;
        conf.getVertexInputs()
                .forEach((vertex, inputs) -> inputs.forEach(input ->
                        readers.computeIfAbsent(input, k -> new ArrayList<>()).add(vertex)));
    }

    ComputationGraphConfiguration conf() {
        return conf;
    }

    GraphVertex vertex(String name) {
        return conf.getVertices().get(name);
    }

    /** The layer of a vertex, or one that does what it does; null if there is none. */
    Layer layer(String name) {
        if (vertex(name) instanceof ScaleVertex scale) {
            ScaleLayer layer = ScaleLayer.of(scale);
            layer.setLayerName(name);
            return layer;
        }
        return isLayer(name) ? ((LayerVertex) vertex(name)).getLayerConf().getLayer() : null;
    }

    /** Whether a vertex is a layer itself. */
    boolean isLayer(String name) {
        return vertex(name) instanceof LayerVertex;
    }

    /** The first of some vertices that is a layer itself. */
    LayerVertex firstLayer(List<String> names) {
        return (LayerVertex)
                vertex(names.stream().filter(this::isLayer).findFirst().orElseThrow());
    }

    /** What stands between a vertex and its input, or null. */
    InputPreProcessor preProcessor(String name) {
        return vertex(name) instanceof LayerVertex v ? v.getPreProcessor() : null;
    }

    List<Layer> layers(List<String> names) {
        return names.stream().map(this::layer).toList();
    }

    List<String> inputs(String name) {
        return conf.getVertexInputs().getOrDefault(name, List.of());
    }

    /** Adds a vertex and all that it is computed from. */
    void collectBefore(String vertex, Set<String> found) {
        if (conf.getVertices().containsKey(vertex) && found.add(vertex)) {
            inputs(vertex).forEach(input -> collectBefore(input, found));
        }
    }

    /** A vertex and what it is computed from, back to the first that is no layer and no factor. */
    List<String> line(String end) {
        List<String> line = new ArrayList<>(List.of(end));
        String at = end;
        while (layer(at) != null) {
            at = inputs(at).get(0);
            line.add(at);
        }
        return line;
    }

    /** The layers and factors behind {@code source} up to {@code end}; null if other vertices are on the way or it does not lead there. */
    List<String> path(String source, String end) {
        List<String> line = line(end);
        if (!line.contains(source)) {
            return null;
        }
        List<String> path = new ArrayList<>(line.subList(0, line.indexOf(source)));
        Collections.reverse(path);
        return path;
    }

    /** All vertices, each behind those that it reads. */
    List<String> inOrder() {
        Set<String> order = new LinkedHashSet<>();
        conf.getVertices().keySet().forEach(name -> visit(name, order));
        return List.copyOf(order);
    }

    private void visit(String name, Set<String> order) {
        if (conf.getVertices().containsKey(name) && !order.contains(name)) {
            inputs(name).forEach(input -> visit(input, order));
            order.add(name);
        }
    }

    /** The vertices that read this one, once for each time that they do. */
    List<String> readers(String name) {
        return readers.getOrDefault(name, List.of());
    }

    /** Whether the network gives the vertex's output to its user. */
    boolean isOutput(String name) {
        return conf.getNetworkOutputs().contains(name);
    }

    /** The only reader of a vertex; null if there are several, or the user is one. */
    String onlyReader(String name) {
        return readers(name).size() == 1 && !isOutput(name) ? readers(name).get(0) : null;
    }
}
