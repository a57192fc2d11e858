package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A {@link MultiLayerNetwork} on its way to becoming another one: a graph whose layers read one another in a line. Its vertices are called as its
 * layers are, with a number behind names that layers share.
 */
final class LineEdit extends NetworkEdit<MultiLayerNetwork> {

    private final MultiLayerConfiguration line;

    /** Vertices of the source in order, and their places. */
    private final Map<String, Integer> places = new LinkedHashMap<>();

    /** The names of its layers. */
    private final List<String> names;

    LineEdit(MultiLayerNetwork source) {
        super(source, new ComputationGraphConfiguration());
        Initialized.check(source);
        line = source.getLayerWiseConfigurations().clone();
        name();
        names = labels();
        ComputationGraphConfiguration view = conf();
        view.setDataType(line.getDataType());
        view.setBackpropType(line.getBackpropType());
        Map<String, GraphVertex> vertices = new LinkedHashMap<>();
        Map<String, List<String>> inputs = new LinkedHashMap<>();
        String before = free("input", names);
        view.setNetworkInputs(List.of(before));
        for (int i = 0; i < line.getConfs().size(); i++) {
            String vertex = free(names.get(i), vertices.keySet());
            vertices.put(vertex, new LayerVertex(line.getConf(i), line.getInputPreProcess(i)));
            inputs.put(vertex, List.of(before));
            places.put(vertex, i);
            before = vertex;
        }
        view.setVertices(vertices);
        view.setVertexInputs(inputs);
        view.setNetworkOutputs(List.of(before));
    }

    /** Gives layers without a name one. */
    private void name() {
        for (int i = 0; i < line.getConfs().size(); i++) {
            if (label(i) == null) {
                line.getConf(i).getLayer().setLayerName(free("layer" + i, labels()));
            }
        }
    }

    private String label(int i) {
        return line.getConf(i).getLayer().getLayerName();
    }

    private List<String> labels() {
        return line.getConfs().stream().map(c -> c.getLayer().getLayerName()).toList();
    }

    /** A name that is not taken: this one, or with a number behind it. */
    private static String free(String name, java.util.Collection<String> taken) {
        String free = name;
        for (int i = 2; taken.contains(free); i++) {
            free = name + "-" + i;
        }
        return free;
    }

    @Override
    String label(String vertex) {
        return places.containsKey(vertex) ? names.get(places.get(vertex)) : vertex;
    }

    @Override
    String vertex(String label) {
        List<String> taken = new ArrayList<>(vertices().keySet());
        taken.addAll(places.keySet());
        return free(label, taken);
    }

    @Override
    boolean isLine() {
        return true;
    }

    @Override
    Map<String, INDArray> parameters(String vertex) {
        return source.getLayer((int) places.get(vertex)).paramTable();
    }

    @Override
    MultiLayerNetwork finish() {
        List<NeuralNetConfiguration> made = new ArrayList<>();
        Map<Integer, InputPreProcessor> processors = new HashMap<>();
        Map<String, Integer> at = new HashMap<>();
        vertices().forEach((name, vertex) -> {
            LayerVertex layer = (LayerVertex) vertex;
            if (layer.getPreProcessor() != null) {
                processors.put(made.size(), layer.getPreProcessor());
            }
            at.put(name, made.size());
            made.add(layer.getLayerConf());
        });
        line.setConfs(made);
        line.setInputPreProcessors(processors);
        MultiLayerNetwork net = new MultiLayerNetwork(line);
        net.init(room(line.getDataType()), false);
        fill(places.keySet(), vertex -> net.getLayer((int) at.get(vertex)).paramTable());
        return net;
    }

    @Override
    String carryUpdater(MultiLayerNetwork net) {
        Map<Trainable, String> vertices = new IdentityHashMap<>();
        places.forEach((vertex, i) -> vertices.put(source.getLayer((int) i), vertex));
        int i = 0;
        for (String vertex : vertices().keySet()) {
            vertices.put(net.getLayer(i++), vertex);
        }
        return UpdaterStates.copy(
                (BaseMultiLayerUpdater<?>) source.getUpdater(false),
                (BaseMultiLayerUpdater<?>) net.getUpdater(),
                vertices::get,
                this::moved);
    }

    @Override
    NetworkEdit<MultiLayerNetwork> of(MultiLayerNetwork net) {
        return new LineEdit(net);
    }
}
