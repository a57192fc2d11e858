package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.List;

/**
 * One residual block of a graph, by the names of its vertices: {@code addition = shortcut(source) + path(source)}, and what is applied to it.
 *
 * @param source   what the block reads
 * @param path     layers from the source to the addition, at least one
 * @param shortcut dropout and constant factors from the source to the addition; empty for the source itself
 * @param addition the vertex that adds the shortcut's end to the path's
 * @param trailing norms and activation functions behind the addition that alone read it, one after another
 */
record ResidualBlock(String source, List<String> path, List<String> shortcut, String addition, List<String> trailing) {

    /** What the rest of the graph reads. */
    String output() {
        return trailing.isEmpty() ? addition : trailing.get(trailing.size() - 1);
    }

    /** The block without the last of its trailing functions. */
    ResidualBlock trimmed(int length) {
        return new ResidualBlock(
                source, path, shortcut, addition, trailing.subList(0, Math.min(length, trailing.size())));
    }

    List<String> vertices() {
        List<String> all = new ArrayList<>(path);
        all.addAll(shortcut);
        all.add(addition);
        all.addAll(trailing);
        return all;
    }
}
