package org.revlayers.convert;

import java.util.ArrayList;
import java.util.List;

/**
 * Vertices of a graph that can be one container: each piece reads what the one before gives, and alone.
 *
 * @param pieces in the order in which they run
 */
record Run(List<Piece> pieces) {

    /**
     * A layer, or two paths and their sum.
     *
     * @param source   what it reads
     * @param main     the layer, or the layers of the one path
     * @param shortcut of the other path; may be empty
     * @param addition the vertex that adds them; null for a layer
     */
    record Piece(String source, List<String> main, List<String> shortcut, String addition) {

        String output() {
            return addition == null ? main.get(0) : addition;
        }

        List<String> layers() {
            List<String> all = new ArrayList<>(main);
            all.addAll(shortcut);
            return all;
        }

        List<String> vertices() {
            List<String> all = layers();
            if (addition != null) {
                all.add(addition);
            }
            return all;
        }
    }

    String source() {
        return pieces.get(0).source();
    }

    String output() {
        return pieces.get(pieces.size() - 1).output();
    }

    List<String> vertices() {
        return pieces.stream().flatMap(piece -> piece.vertices().stream()).toList();
    }

    /** A container of one layer saves nothing, for the network keeps its input and output, unless the layer keeps much inside. */
    boolean isWorthAContainer(GraphIndex graph) {
        List<String> layers = pieces.stream()
                .flatMap(piece -> piece.layers().stream())
                .filter(graph::isLayer)
                .toList();
        return layers.size() > 1 || Containable.keepsInside(graph.layer(layers.get(0)));
    }

    /** Cut in front of every sum, so that what a container computes again at a time is little. */
    List<Run> byUnit() {
        List<Run> runs = new ArrayList<>();
        List<Piece> open = new ArrayList<>();
        for (Piece piece : pieces) {
            if (piece.addition != null && !open.isEmpty()) {
                runs.add(new Run(List.copyOf(open)));
                open.clear();
            }
            open.add(piece);
        }
        runs.add(new Run(List.copyOf(open)));
        return runs;
    }
}
