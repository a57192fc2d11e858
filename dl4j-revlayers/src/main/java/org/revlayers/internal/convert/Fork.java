package org.revlayers.internal.convert;

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
        List<String> one = graph.line(first);
        List<String> other = graph.line(second);
        String source = one.stream().filter(other::contains).findFirst().orElse(null);
        if (source == null) {
            return null;
        }
        List<String> path = graph.path(source, first);
        List<String> shortcut = graph.path(source, second);
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
}
