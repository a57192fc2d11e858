package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.revlayers.internal.contract.Wrappers;

/**
 * A block whose shortcut is not its source as it is: {@code F(x) + d(x)}, d of dropout and constant factors.
 *
 * @param source   what both sides read
 * @param path     F
 * @param shortcut d, at least one vertex
 */
record Fork(String source, List<String> path, List<String> shortcut) {

    /** The fork that two inputs of an addition come from; null if they do not come from one. */
    static Fork of(GraphIndex graph, String first, String second) {
        List<String> one = line(graph, first);
        List<String> other = line(graph, second);
        String source = one.stream().filter(other::contains).findFirst().orElse(null);
        if (source == null) {
            return null;
        }
        List<String> path = way(one, source);
        List<String> shortcut = way(other, source);
        return Stream.of(new Fork(source, path, shortcut), new Fork(source, shortcut, path))
                .filter(fork -> fork.isBlock(graph))
                .findFirst()
                .orElse(null);
    }

    private boolean isBlock(GraphIndex graph) {
        return !shortcut.isEmpty()
                && shortcut.stream().allMatch(v -> isLight(graph, v))
                && !path.stream().allMatch(v -> isLight(graph, v));
    }

    /** Whether a vertex has no parameters and keeps any shape. */
    private static boolean isLight(GraphIndex graph, String vertex) {
        return !graph.isLayer(vertex) || Wrappers.thawed(graph.layer(vertex)) instanceof DropoutLayer;
    }

    /** A vertex and what it is computed from, as long as that are layers or factors. */
    private static List<String> line(GraphIndex graph, String end) {
        List<String> line = new ArrayList<>(List.of(end));
        String at = end;
        while (graph.layer(at) != null) {
            at = graph.inputs(at).get(0);
            line.add(at);
        }
        return line;
    }

    private static List<String> way(List<String> line, String source) {
        List<String> way = new ArrayList<>(line.subList(0, line.indexOf(source)));
        Collections.reverse(way);
        return way;
    }
}
