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
import org.revlayers.chain.ReversibleChain;
import org.revlayers.container.RazorSequence;
import org.revlayers.container.ResidualUnit;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.container.LayerSequence;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.keep.Memory;

/** Puts runs of a graph into containers, and takes them out again. */
@RequiredArgsConstructor
final class Sequences {

    private static final String MAIN = "main.";
    private static final String SHORTCUT = "shortcut.";
    private static final String INSIDE = "part";

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
        sequence.getLayers().addAll(layers(graph, run, names));
        move(run, name, "", names);
        put(graph, run, sequence, name);
        return sequence;
    }

    /** A container inside of another one. */
    interface Nest {

        /** The container, without its layers. */
        ContainerLayer container();
    }

    /** A sequence of a run's layers. */
    record Layers(LayerSequence container, Run run) implements Nest {}

    /** A sequence of containers, in the order in which they run. */
    record Containers(LayerSequence container, List<Nest> inside) implements Nest {}

    /** A chain, with its layers. */
    record Chain(ReversibleChain container, PlannedChain plan) implements Nest {}

    /** Adds the container of a run whose layers are in containers of their own, inside of it. */
    LayerSequence contain(GraphIndex graph, Run run, String kind, List<Nest> inside) {
        String name = edit.name(graph, run.output(), kind);
        LayerSequence sequence =
                new RazorSequence.Builder().memory(Memory.store()).build();
        fill(graph, new Containers(sequence, inside), name, "", names(run));
        put(graph, run, sequence, name);
        return sequence;
    }

    private void fill(GraphIndex graph, Nest nest, String container, String outer, Map<String, String> names) {
        if (nest instanceof Layers all) {
            all.container().getLayers().addAll(layers(graph, all.run(), names));
            move(all.run(), container, outer, names);
        } else if (nest instanceof Chain chain) {
            chain.plan().move(edit, chain.container(), container, outer);
        } else if (nest instanceof Containers all) {
            int number = 1;
            for (Nest inside : all.inside()) {
                inside.container().setLayerName(INSIDE + number++);
                all.container().getLayers().add(inside.container());
                fill(graph, inside, container, outer + inside.container().getLayerName() + ".", names);
            }
        }
    }

    private void put(GraphIndex graph, Run run, LayerSequence sequence, String name) {
        sequence.setLayerName(name);
        sequence.setVertices(
                new ArrayList<>(run.vertices().stream().map(edit::label).toList()));
        Settings.lift(sequence);
        edit.putBehindPreProcessor(name, sequence, graph.firstLayer(run.vertices()), run.source());
        edit.rename(run.output(), name);
    }

    /** Notes where the parameters of a run's layers go, whose names begin with {@code outer} in the container. */
    private void move(Run run, String container, String outer, Map<String, String> names) {
        for (Run.Piece piece : run.pieces()) {
            if (piece.addition() == null) {
                String layer = piece.main().get(0);
                edit.move(layer, "", container, outer + names.get(layer) + ".");
            } else {
                String prefix = outer + names.get(piece.addition()) + ".";
                piece.main().forEach(v -> edit.move(v, "", container, prefix + MAIN + names.get(v) + "."));
                piece.shortcut().forEach(v -> edit.move(v, "", container, prefix + SHORTCUT + names.get(v) + "."));
            }
        }
    }

    /** Copies of a run's layers, as a sequence has them. */
    static List<Layer> layers(GraphIndex graph, Run run, Map<String, String> names) {
        List<Layer> layers = new ArrayList<>();
        for (Run.Piece piece : run.pieces()) {
            layers.add(
                    piece.addition() == null
                            ? copy(graph, piece.main().get(0), names)
                            : new ResidualUnit.Builder()
                                    .name(names.get(piece.addition()))
                                    .main(copies(graph, piece.main(), names))
                                    .shortcut(copies(graph, piece.shortcut(), names))
                                    .build());
        }
        return layers;
    }

    /** The same for a sequence that is tried alone, by names of their own: l0, l1 and so on. */
    static List<Layer> layers(GraphIndex graph, Run run) {
        Map<String, String> names = new HashMap<>();
        run.vertices().forEach(vertex -> names.put(vertex, "l" + names.size()));
        return layers(graph, run, names);
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

    private static Layer[] copies(GraphIndex graph, List<String> vertices, Map<String, String> names) {
        return vertices.stream().map(v -> copy(graph, v, names)).toArray(Layer[]::new);
    }

    /** Adds the vertices that a container was made of. */
    void release(String name, LayerVertex vertex, LayerSequence sequence, String source) {
        Settings.handDown(sequence);
        Iterator<String> names = sequence.getVertices().iterator();
        edit.rename(name, release(name, "", sequence.getLayers(), vertex, names, source, source));
    }

    /**
     * @param outer  what the names of the layers' parameters begin with
     * @param source what the container reads
     * @param before the vertex in front of the first of the layers
     * @return the vertex that the last of the layers has become
     */
    private String release(
            String name,
            String outer,
            List<Layer> layers,
            LayerVertex vertex,
            Iterator<String> names,
            String source,
            String before) {
        String at = before;
        for (Layer layer : layers) {
            String prefix = outer + layer.getLayerName() + ".";
            if (layer instanceof ReversibleChain chain) {
                at = Restorer.release(edit, new Made(name, vertex, prefix, at.equals(source)), chain, at);
                chain.getVertices().forEach(inside -> names.next());
            } else if (layer instanceof LayerSequence inside) {
                at = release(name, prefix, inside.getLayers(), vertex, names, source, at);
            } else if (layer instanceof ResidualUnit unit) {
                String main = path(name, prefix + MAIN, unit.getMain(), vertex, names, at);
                String shortcut = path(name, prefix + SHORTCUT, unit.getShortcut(), vertex, names, at);
                at = names.next();
                edit.put(at, new ElementWiseVertex(ElementWiseVertex.Op.Add), List.of(main, shortcut));
            } else {
                String label = names.next();
                layer.setLayerName(label);
                String own = edit.vertex(label);
                if (at.equals(source)) {
                    edit.putBehindPreProcessor(own, layer, vertex, at);
                } else {
                    edit.put(own, layer, vertex, at);
                }
                edit.move(name, prefix, own, "");
                at = own;
            }
        }
        return at;
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
