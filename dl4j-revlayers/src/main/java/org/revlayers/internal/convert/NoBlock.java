package org.revlayers.internal.convert;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import lombok.RequiredArgsConstructor;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.revlayers.internal.contract.Wrappers;

/** Says why an addition of two vertices is no residual block, with the vertices that are in the way and what they are. */
@RequiredArgsConstructor
final class NoBlock {

    private final GraphIndex graph;

    /** The reason for an addition neither input of which is a path of layers from the other. */
    String reason(String first, String second) {
        if (first.equals(second)) {
            return "adds " + Kinds.of(graph, first) + " to itself: there is no branch";
        }
        if (ancestors(first).contains(second)) {
            return branch(first, second);
        }
        if (ancestors(second).contains(first)) {
            return branch(second, first);
        }
        List<String> one = line(first);
        List<String> other = line(second);
        String fork = one.stream().filter(other::contains).findFirst().orElse(null);
        return fork == null
                ? apart(one, other)
                : shortcut(fork, one.subList(0, one.indexOf(fork)), other.subList(0, other.indexOf(fork)));
    }

    /** Who reads a vertex but the next one. */
    String others(String name, String next) {
        List<String> readers = new ArrayList<>(graph.readers(name).stream()
                .filter(reader -> !reader.equals(next))
                .map(reader -> Kinds.of(graph, reader))
                .toList());
        if (graph.isOutput(name)) {
            readers.add("the user, as it is an output of the network");
        }
        return String.join(", ", readers);
    }

    /** The end comes from the source, by other things than layers. */
    private String branch(String end, String source) {
        List<String> line = graph.line(end);
        String at = line.get(line.size() - 1);
        String joins = graph.inputs(at).size() < 2
                ? ""
                : ", which joins " + names(graph.inputs(at)) + " (a branch inside the branch)";
        return Kinds.of(graph, at) + " on the branch from \"" + source + "\" to \"" + end + "\"" + joins
                + ": a chain's branch is one row of layers";
    }

    private String shortcut(String fork, List<String> one, List<String> other) {
        if (one.size() == other.size()) {
            return "layers on both ways from \"" + fork + "\": " + kinds(one) + " on the one, " + kinds(other)
                    + " on the other, so neither is the shortcut, which a chain needs as it is";
        }
        List<String> path = one.size() < other.size() ? one : other;
        return kinds(path) + " on the shortcut from \"" + fork + "\"" + remark(path)
                + ": a chain's shortcut is its stream as it is";
    }

    private String remark(List<String> path) {
        if (path.stream().anyMatch(v -> Wrappers.thawed(graph.layer(v)) instanceof ConvolutionLayer)) {
            return " (a projection)";
        }
        boolean noise = path.stream().allMatch(v -> Wrappers.thawed(graph.layer(v)) instanceof DropoutLayer);
        return noise ? " (part of a function with α = 0, which momentum cannot have)" : "";
    }

    private String apart(List<String> one, List<String> other) {
        return "its inputs do not come from one vertex by layers alone: \"" + one.get(0) + "\" comes from "
                + Kinds.of(graph, one.get(one.size() - 1)) + ", \"" + other.get(0) + "\" from "
                + Kinds.of(graph, other.get(other.size() - 1));
    }

    /** A vertex and what it is computed from, as long as that is one thing. */
    private List<String> line(String end) {
        List<String> line = new ArrayList<>(List.of(end));
        while (graph.inputs(line.get(line.size() - 1)).size() == 1) {
            line.add(graph.inputs(line.get(line.size() - 1)).get(0));
        }
        return line;
    }

    /** All that a vertex is computed from. */
    private Set<String> ancestors(String name) {
        Set<String> found = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(graph.inputs(name));
        while (!open.isEmpty()) {
            String at = open.pop();
            if (found.add(at)) {
                open.addAll(graph.inputs(at));
            }
        }
        return found;
    }

    private String kinds(List<String> path) {
        return path.stream().map(v -> Kinds.of(graph, v)).collect(Collectors.joining(", "));
    }

    private static String names(List<String> vertices) {
        return vertices.stream().map(v -> "\"" + v + "\"").collect(Collectors.joining(" and "));
    }
}
