package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.revlayers.internal.contract.Wrappers;

/**
 * Vertices of a graph that can be one container: each piece reads what the one before gives, and alone.
 *
 * @param pieces in the order in which they run
 */
record Run(List<Piece> pieces) {

    /** Layers of a part that is computed again at once, at most, where there is no sum to cut at. */
    private static final int LONG = 8;

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

    /**
     * Cut in front of every sum, and long parts without one behind every pooling, where arrays are small, or into about √n parts of √n layers: what a
     * container computes again at a time is little then (arXiv 1604.06174).
     */
    List<Run> cut(GraphIndex graph) {
        List<Run> runs = new ArrayList<>();
        for (Run unit : byUnit()) {
            for (Run stage : unit.isLong() ? unit.behindPoolings(graph) : List.of(unit)) {
                runs.addAll(stage.isLong() ? stage.evenly() : List.of(stage));
            }
        }
        return runs;
    }

    private boolean isLong() {
        return pieces.size() > LONG;
    }

    private List<Run> behindPoolings(GraphIndex graph) {
        List<Run> runs = new ArrayList<>();
        List<Piece> open = new ArrayList<>();
        for (Piece piece : pieces) {
            open.add(piece);
            if (piece.addition == null && Wrappers.thawed(graph.layer(piece.main.get(0))) instanceof SubsamplingLayer) {
                runs.add(new Run(List.copyOf(open)));
                open.clear();
            }
        }
        if (!open.isEmpty()) {
            runs.add(new Run(List.copyOf(open)));
        }
        return runs;
    }

    private List<Run> evenly() {
        int length = (int) Math.ceil(Math.sqrt(pieces.size()));
        List<Run> runs = new ArrayList<>();
        for (int from = 0; from < pieces.size(); from += length) {
            runs.add(new Run(List.copyOf(pieces.subList(from, Math.min(from + length, pieces.size())))));
        }
        return runs;
    }

    /** Cut in front of every sum, so that what a container computes again at a time is little. */
    private List<Run> byUnit() {
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
