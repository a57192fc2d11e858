package org.revlayers.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A network on its way to becoming another one: which layers it will have, and where each parameter goes. */
final class NetworkEdit {

    private final MultiLayerNetwork source;
    private final MultiLayerConfiguration conf;
    private final List<NeuralNetConfiguration> made = new ArrayList<>();
    private final Map<Integer, InputPreProcessor> processors = new HashMap<>();

    /** Where each of the source's parameters goes, by {@code layer index/name}: {@code new layer index/name}. */
    private final Map<String, String> moves = new HashMap<>();

    NetworkEdit(MultiLayerNetwork source) {
        Initialized.check(source);
        this.source = source;
        this.conf = source.getLayerWiseConfigurations().clone();
        for (int i = 0; i < size(); i++) {
            if (layer(i).getLayerName() == null) {
                layer(i).setLayerName(free("layer" + i));
            }
        }
    }

    /** A name that no layer of the source has: this one, or with a number behind it. */
    private String free(String name) {
        List<String> taken = names();
        String free = name;
        for (int i = 2; taken.contains(free); i++) {
            free = name + "-" + i;
        }
        return free;
    }

    /** Layers of the source. */
    int size() {
        return conf.getConfs().size();
    }

    /** A name that no layer has yet: the kind and a number. */
    String freeName(String kind) {
        Set<String> taken = new HashSet<>(names());
        made.forEach(c -> taken.add(c.getLayer().getLayerName()));
        int i = 1;
        while (taken.contains(kind + i)) {
            i++;
        }
        return kind + i;
    }

    /** The names of all layers. */
    List<String> names() {
        return conf.getConfs().stream().map(c -> c.getLayer().getLayerName()).toList();
    }

    /** A layer of the source, a copy. */
    Layer layer(int i) {
        return conf.getConf(i).getLayer();
    }

    InputPreProcessor preProcessor(int i) {
        return conf.getInputPreProcess(i);
    }

    /** How many layers there are so far. */
    int made() {
        return made.size();
    }

    /** The layer before last of those made so far, counted from the end. */
    Layer fromEnd(int i) {
        return made.get(made.size() - 1 - i).getLayer();
    }

    void keep(int i) {
        int at = made.size();
        processor(i);
        made.add(conf.getConf(i));
        move(i, "", at, "");
    }

    /** Adds a layer with the settings that layer i has, frozen if that one is. */
    void add(int i, Layer layer) {
        NeuralNetConfiguration one = conf.getConf(i).clone();
        one.setLayer(Frozen.like(layer(i), layer));
        one.clearVariables();
        made.add(one);
    }

    /** Puts the preprocessor that layer i had in front of the layer that is made next. */
    void processor(int i) {
        if (preProcessor(i) != null) {
            processors.put(made.size(), preProcessor(i));
        }
    }

    /** Takes the layer back that was made last. */
    void undo() {
        made.remove(made.size() - 1);
    }

    /** Notes where the parameters of one layer go, names beginning with {@code before} before and with {@code after} after. */
    void move(int from, String before, int to, String after) {
        source.getLayer(from).paramTable().keySet().stream()
                .filter(p -> p.startsWith(before))
                .forEach(p -> move(from + "/" + p, to + "/" + after + p.substring(before.length())));
    }

    /** Notes where one parameter goes. */
    void move(String from, String to) {
        moves.put(from, to);
    }

    /** The network with the source's parameters. */
    MultiLayerNetwork finish() {
        conf.setConfs(made);
        conf.setInputPreProcessors(processors);
        MultiLayerNetwork net = new MultiLayerNetwork(conf);
        net.init();
        for (int i = 0; i < source.getnLayers(); i++) {
            for (Map.Entry<String, INDArray> p : source.getLayer(i).paramTable().entrySet()) {
                String to = moves.get(i + "/" + p.getKey());
                int slash = to.indexOf('/');
                net.getLayer(Integer.parseInt(to.substring(0, slash)))
                        .getParam(to.substring(slash + 1))
                        .assign(p.getValue());
            }
        }
        return net;
    }

    /** Copies the updater's state; says what became of it. */
    String carryUpdater(MultiLayerNetwork net) {
        Map<Trainable, String> positions = new IdentityHashMap<>();
        for (MultiLayerNetwork one : List.of(source, net)) {
            for (int i = 0; i < one.getnLayers(); i++) {
                positions.put(one.getLayer(i), String.valueOf(i));
            }
        }
        return UpdaterStates.copy(
                (BaseMultiLayerUpdater<?>) source.getUpdater(false),
                (BaseMultiLayerUpdater<?>) net.getUpdater(),
                positions::get,
                moves::get);
    }
}
