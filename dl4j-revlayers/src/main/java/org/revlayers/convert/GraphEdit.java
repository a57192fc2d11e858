package org.revlayers.convert;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.contract.Wrappers;
import org.revlayers.layers.ScaleLayer;

/** A graph on its way to becoming another one: which vertices it will have, and where each parameter goes. */
final class GraphEdit {

    private final ComputationGraph source;
    private final ComputationGraphConfiguration conf;
    private final Map<String, GraphVertex> vertices = new LinkedHashMap<>();
    private final Map<String, List<String>> inputs = new LinkedHashMap<>();

    /** New names of vertices by old ones, for readers and network outputs. */
    private final Map<String, String> renamed = new HashMap<>();

    /** Where the source's parameters go, by {@code vertex/name}, if they move. */
    private final Map<String, String> moves = new HashMap<>();

    /** What the layers that are added are wrapped like. */
    private Layer wrapper;

    GraphEdit(ComputationGraph source) {
        Initialized.check(source);
        this.source = source;
        this.conf = source.getConfiguration().clone();
    }

    /** The configuration as it was. */
    ComputationGraphConfiguration conf() {
        return conf;
    }

    void keep(String name, GraphVertex vertex) {
        put(name, vertex, conf.getVertexInputs().get(name));
    }

    void put(String name, GraphVertex vertex, List<String> from) {
        vertices.put(name, Frozen.like(wrapper, vertex));
        inputs.put(name, from);
    }

    /** Adds a layer with the settings that another vertex has. */
    void put(String name, Layer layer, LayerVertex like, String from) {
        if (Wrappers.thawed(layer) instanceof ScaleLayer scale && scale.isVertex()) {
            put(name, new ScaleVertex(scale.getFactor()), List.of(from));
            return;
        }
        NeuralNetConfiguration own = like.getLayerConf().clone();
        own.setLayer(Frozen.like(wrapper, layer));
        own.clearVariables();
        put(name, new LayerVertex(own, null), List.of(from));
    }

    /** Wraps all layers that the action adds as this one is, if it is frozen. */
    void wrappingLike(Layer frozen, Runnable action) {
        wrapper = frozen;
        action.run();
        wrapper = null;
    }

    /** As {@link #put}, with the preprocessor of the other vertex too. */
    void putBehindPreProcessor(String name, Layer layer, LayerVertex like, String from) {
        put(name, layer, like, from);
        if (vertices.get(name) instanceof LayerVertex made) {
            made.setPreProcessor(like.getPreProcessor());
        }
    }

    /** Who read the one vertex will read the other. */
    void rename(String from, String to) {
        renamed.put(from, to);
    }

    /** A name for what stands for {@code output}: its own for a network output, else a free one. */
    String name(GraphIndex graph, String output, String kind) {
        if (graph.isOutput(output)) {
            return output;
        }
        int i = 1;
        while (conf.getVertices().containsKey(kind + i)
                || conf.getNetworkInputs().contains(kind + i)
                || vertices.containsKey(kind + i)) {
            i++;
        }
        return kind + i;
    }

    /** Notes where the parameters of one layer go, names beginning with {@code before} before and with {@code after} after. */
    void move(String from, String before, String to, String after) {
        if (source.getLayer(from) == null) {
            return; // a vertex without parameters
        }
        source.getLayer(from).paramTable().keySet().stream()
                .filter(p -> p.startsWith(before))
                .forEach(p -> moves.put(from + "/" + p, to + "/" + after + p.substring(before.length())));
    }

    /** Notes where one parameter goes, both as {@code vertex/name}; a name that the source does not have is harmless. */
    void move(String from, String to) {
        moves.put(from, to);
    }

    /** The network with the source's parameters. */
    ComputationGraph finish() {
        inputs.replaceAll((vertex, names) ->
                names.stream().map(n -> renamed.getOrDefault(n, n)).toList());
        conf.setNetworkOutputs(conf.getNetworkOutputs().stream()
                .map(n -> renamed.getOrDefault(n, n))
                .toList());
        conf.setVertices(vertices);
        conf.setVertexInputs(inputs);
        conf.setIterationCount(source.getConfiguration().getIterationCount());
        conf.setEpochCount(source.getConfiguration().getEpochCount());
        ComputationGraph net = new ComputationGraph(conf);
        net.init(Nd4j.create(conf.getDataType(), 1, source.numParams()), false);
        for (org.deeplearning4j.nn.graph.vertex.GraphVertex vertex : source.getVertices()) {
            for (Map.Entry<String, INDArray> p : vertex.paramTable(false).entrySet()) {
                String from = vertex.getVertexName() + "/" + p.getKey();
                String to = moves.getOrDefault(from, from);
                int slash = to.lastIndexOf('/');
                net.getVertex(to.substring(0, slash))
                        .paramTable(false)
                        .get(to.substring(slash + 1))
                        .assign(p.getValue());
            }
        }
        return net;
    }

    /** Copies the updater's state; says what became of it. */
    String carryUpdater(ComputationGraph net) {
        return UpdaterStates.copy(
                source.getUpdater(false),
                net.getUpdater(),
                vertex -> ((org.deeplearning4j.nn.graph.vertex.GraphVertex) vertex).getVertexName(),
                name -> moves.getOrDefault(name, name));
    }
}
