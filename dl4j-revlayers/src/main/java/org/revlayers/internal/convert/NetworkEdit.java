package org.revlayers.internal.convert;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.layers.ScaleLayer;

/**
 * A network on its way to becoming another one, as a graph of vertices whichever kind it is: which vertices it will have, and where each parameter
 * goes.
 *
 * @param <N> the kind of network
 */
abstract class NetworkEdit<N extends Model> {

    final N source;
    private final ComputationGraphConfiguration conf;
    private final Map<String, GraphVertex> vertices = new LinkedHashMap<>();
    private final Map<String, List<String>> inputs = new LinkedHashMap<>();

    /** New names of vertices by old ones, for readers and network outputs. */
    private final Map<String, String> renamed = new HashMap<>();

    /** Where the source's parameters go, if they move. */
    private final Map<Place, Place> moves = new HashMap<>();

    /** Parameters of vertices that are not those of the source. */
    private final Map<String, Map<String, INDArray>> written = new HashMap<>();

    /** What the layers that are added are wrapped like. */
    private Layer wrapper;

    /** Where a parameter is; vertices and parameters may be called anything. */
    record Place(String vertex, String parameter) {}

    /** @param conf the source's configuration as that of a graph, a copy */
    NetworkEdit(N source, ComputationGraphConfiguration conf) {
        this.source = source;
        this.conf = conf;
    }

    /** The configuration as it was. */
    final ComputationGraphConfiguration conf() {
        return conf;
    }

    final Map<String, GraphVertex> vertices() {
        return vertices;
    }

    final Map<String, List<String>> inputs() {
        return inputs;
    }

    /** What the user calls a vertex. */
    abstract String label(String vertex);

    /** A vertex name for a layer that is called so again. */
    abstract String vertex(String label);

    /** A name for what stands for {@code output}: its own for a graph's output, else a free one, the kind and a number. */
    final String name(GraphIndex graph, String output, String kind) {
        if (!isLine() && graph.isOutput(output)) {
            return output;
        }
        int i = 1;
        while (isTaken(kind + i)) {
            i++;
        }
        return kind + i;
    }

    private boolean isTaken(String name) {
        return conf.getVertices().containsKey(name)
                || conf.getNetworkInputs().contains(name)
                || vertices.containsKey(name);
    }

    /** Whether each layer reads the one before it. */
    abstract boolean isLine();

    /** The parameters of a vertex of the source; empty without any. */
    abstract Map<String, INDArray> parameters(String vertex);

    /** The network with the source's parameters. */
    abstract N finish();

    /** Copies the updater's state; says what became of it. */
    abstract String carryUpdater(N net);

    /** The same for another network. */
    abstract NetworkEdit<N> of(N net);

    final void keep(String name, GraphVertex vertex) {
        put(name, vertex, conf.getVertexInputs().get(name));
    }

    final void put(String name, GraphVertex vertex, List<String> from) {
        vertices.put(name, Frozen.like(wrapper, vertex));
        inputs.put(name, from);
    }

    /** Adds a layer with the settings that another vertex has. */
    final void put(String name, Layer layer, LayerVertex like, String from) {
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
    final void wrappingLike(Layer frozen, Runnable action) {
        wrapper = frozen;
        action.run();
        wrapper = null;
    }

    /** As {@link #put}, with the preprocessor of the other vertex too. */
    final void putBehindPreProcessor(String name, Layer layer, LayerVertex like, String from) {
        put(name, layer, like, from);
        if (vertices.get(name) instanceof LayerVertex made) {
            made.setPreProcessor(like.getPreProcessor());
        }
    }

    /** Who read the one vertex will read the other. */
    final void rename(String from, String to) {
        renamed.put(from, to);
    }

    final String renamed(String vertex) {
        return renamed.getOrDefault(vertex, vertex);
    }

    /** Notes where the parameters of one layer go, names beginning with {@code before} before and with {@code after} after. */
    final void move(String from, String before, String to, String after) {
        parameters(from).keySet().stream()
                .filter(p -> p.startsWith(before))
                .forEach(p -> moves.put(new Place(from, p), new Place(to, after + p.substring(before.length()))));
    }

    /** Notes where one parameter goes; one that the source does not have is harmless. */
    final void move(Place from, Place to) {
        moves.put(from, to);
    }

    /** Gives a vertex parameters instead of those of the source. */
    final void write(String vertex, Map<String, INDArray> parameters) {
        written.put(vertex, parameters);
    }

    /** What a new network's parameters go to, so that none are drawn only to be replaced; null where there may be another number of them. */
    final INDArray room(DataType type) {
        return written.isEmpty() && source.numParams() > 0 ? Nd4j.create(type, 1, source.numParams()) : null;
    }

    /** Where a parameter is to be. */
    final Place moved(Place parameter) {
        return moves.getOrDefault(parameter, parameter);
    }

    /** The parameters of a new vertex. */
    @FunctionalInterface
    interface Target {
        Map<String, INDArray> of(String vertex);
    }

    /** Gives a new network the parameters of the source. */
    final void fill(Iterable<String> sources, Target target) {
        for (String vertex : sources) {
            if (written.containsKey(vertex)) {
                write(vertex, written.get(vertex), target.of(vertex));
                continue;
            }
            parameters(vertex).forEach((name, value) -> {
                Place to = moved(new Place(vertex, name));
                target.of(to.vertex()).get(to.parameter()).assign(value);
            });
        }
    }

    private static void write(String vertex, Map<String, INDArray> from, Map<String, INDArray> to) {
        if (!to.keySet().equals(from.keySet())) {
            throw new IllegalStateException("\"" + vertex + "\" must have the parameters " + from.keySet()
                    + " after conversion; it has " + to.keySet());
        }
        to.forEach((name, value) -> value.assign(from.get(name).reshape(value.shape())));
    }
}
