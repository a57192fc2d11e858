package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lombok.RequiredArgsConstructor;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.container.ResidualUnit;
import org.revlayers.internal.container.LayerSequence;
import org.revlayers.internal.contract.Wrappers;

/** Puts runs of a graph into containers, and takes them out again. */
@RequiredArgsConstructor
final class Sequences {

    private static final String MAIN = "main.";
    private static final String SHORTCUT = "shortcut.";

    private final NetworkEdit<?> edit;

    /** Makes an empty sequence, for layers of vertices whose names are given by those inside. */
    @FunctionalInterface
    interface Maker {
        LayerSequence of(Map<String, String> names);
    }

    /** Adds the container of a run in place of its vertices. */
    LayerSequence contain(GraphIndex graph, Run run, String kind, Maker maker) {
        String name = edit.name(graph, run.output(), kind);
        Map<String, String> names = names(run);
        Map<String, String> vertices = new LinkedHashMap<>();
        run.vertices().forEach(vertex -> vertices.put(names.get(vertex), edit.label(vertex)));
        LayerSequence sequence = maker.of(vertices);
        sequence.setLayerName(name);
        sequence.setVertices(
                new ArrayList<>(run.vertices().stream().map(edit::label).toList()));
        for (Run.Piece piece : run.pieces()) {
            if (piece.addition() == null) {
                String layer = piece.main().get(0);
                sequence.getLayers().add(copy(graph, layer, names));
                edit.move(layer, "", name, names.get(layer) + ".");
            } else {
                sequence.getLayers().add(unit(graph, piece, name, names));
            }
        }
        Settings.lift(sequence);
        edit.putBehindPreProcessor(name, sequence, graph.firstLayer(run.vertices()), run.source());
        edit.rename(run.output(), name);
        return sequence;
    }

    private Map<String, String> names(Run run) {
        SafeNames safe = new SafeNames();
        Map<String, String> names = new HashMap<>();
        run.vertices().forEach(vertex -> names.put(vertex, safe.of(edit.label(vertex), "")));
        return names;
    }

    private static Layer copy(GraphIndex graph, String vertex, Map<String, String> names) {
        Layer copy = Wrappers.copy(graph.layer(vertex));
        copy.setLayerName(names.get(vertex));
        return copy;
    }

    private Layer unit(GraphIndex graph, Run.Piece piece, String container, Map<String, String> names) {
        ResidualUnit unit = new ResidualUnit.Builder()
                .name(names.get(piece.addition()))
                .main(copies(graph, piece.main(), names))
                .shortcut(copies(graph, piece.shortcut(), names))
                .build();
        String prefix = names.get(piece.addition()) + ".";
        piece.main().forEach(v -> edit.move(v, "", container, prefix + MAIN + names.get(v) + "."));
        piece.shortcut().forEach(v -> edit.move(v, "", container, prefix + SHORTCUT + names.get(v) + "."));
        return unit;
    }

    private static Layer[] copies(GraphIndex graph, List<String> vertices, Map<String, String> names) {
        return vertices.stream().map(v -> copy(graph, v, names)).toArray(Layer[]::new);
    }

    /** Adds the vertices that a container was made of. */
    void release(String name, LayerVertex vertex, LayerSequence sequence, String source) {
        Settings.handDown(sequence);
        Iterator<String> names = sequence.getVertices().iterator();
        String at = source;
        boolean first = true;
        for (Layer layer : sequence.getLayers()) {
            String prefix = layer.getLayerName() + ".";
            if (layer instanceof ResidualUnit unit) {
                String main = path(name, prefix + MAIN, unit.getMain(), vertex, names, at);
                String shortcut = path(name, prefix + SHORTCUT, unit.getShortcut(), vertex, names, at);
                at = names.next();
                edit.put(at, new ElementWiseVertex(ElementWiseVertex.Op.Add), List.of(main, shortcut));
            } else {
                String label = names.next();
                layer.setLayerName(label);
                String own = edit.vertex(label);
                if (first) {
                    edit.putBehindPreProcessor(own, layer, vertex, at);
                } else {
                    edit.put(own, layer, vertex, at);
                }
                edit.move(name, prefix, own, "");
                at = own;
            }
            first = false;
        }
        edit.rename(name, at);
    }

    private String path(
            String container,
            String prefix,
            List<Layer> layers,
            LayerVertex like,
            Iterator<String> names,
            String source) {
        String at = source;
        for (Layer layer : layers) {
            String inside = prefix + layer.getLayerName() + ".";
            String name = names.next();
            layer.setLayerName(name);
            edit.put(name, layer, like, at);
            edit.move(container, inside, name, "");
            at = name;
        }
        return at;
    }
}
