package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.keep.Memory;

/**
 * Finds the units of a network, each for the {@link Memory} that its layers were given: memory by memory, what one cannot be done with goes to what it
 * says of the rest.
 */
final class Chooser {

    private final NetworkEdit<?> edit;
    private final GraphIndex graph;
    private final Choices choices;
    private final List<Planned> units = new ArrayList<>();
    private final Map<String, String> reasons = new LinkedHashMap<>();

    /** What the vertices that are in no unit yet are to be, in the order of the network. */
    private final Map<String, Choice> open = new LinkedHashMap<>();

    /** @param rest whether this is what another memory says of what it cannot be done with */
    private record Choice(Memory memory, boolean rest) {}

    /** @param done vertices that are as they should be */
    Chooser(NetworkEdit<?> edit, GraphIndex graph, Choices choices, Set<String> done) {
        this.edit = edit;
        this.graph = graph;
        this.choices = choices;
        for (String vertex : graph.conf().getVertices().keySet()) {
            Memory memory = choices.of(edit.label(vertex));
            if (memory != null && !done.contains(vertex)) {
                open.put(vertex, new Choice(memory, false));
            }
        }
    }

    /** The units, in the order in which they were found. */
    List<Planned> units() {
        return units;
    }

    /** Why vertices were left, by their names, those that were in the order of the network. */
    Map<String, String> left() {
        Set<String> inside = new HashSet<>();
        units.forEach(unit -> inside.addAll(unit.vertices()));
        Map<String, String> left = new LinkedHashMap<>();
        for (String vertex : graph.conf().getVertices().keySet()) {
            if (reasons.containsKey(vertex) && !inside.contains(vertex)) {
                left.put(vertex, reasons.get(vertex));
            }
        }
        return left;
    }

    Chooser choose() {
        while (!open.isEmpty()) {
            Choice choice = open.values().iterator().next();
            Set<String> mine = new HashSet<>();
            open.forEach((vertex, other) -> {
                if (other.equals(choice)) {
                    mine.add(vertex);
                }
            });
            find(choice, mine);
            Memory otherwise = choice.memory().otherwise();
            for (String vertex : mine) {
                if (!open.containsKey(vertex)) {
                    continue; // in a unit now
                }
                if (otherwise == null) {
                    open.remove(vertex);
                } else {
                    open.put(vertex, new Choice(otherwise, true));
                }
            }
        }
        return this;
    }

    private void find(Choice choice, Set<String> mine) {
        Memory memory = choice.memory();
        switch (memory.kind()) {
            case REVERSIBLE -> chains(memory, mine);
            case CHECKPOINT -> {
                if (!choice.rest()) {
                    chains(memory, mine);
                }
                Set<String> rest = new HashSet<>(mine);
                rest.retainAll(open.keySet());
                sequences(choice, rest);
            }
            case RAZOR, HALF, STORE -> sequences(choice, mine);
            default -> inPlace(choice, mine);
        }
    }

    private void add(Planned unit) {
        units.add(unit);
        open.keySet().removeAll(unit.vertices());
    }

    /** What finders must leave alone, and their reasons for it if the user knows it. */
    private Set<String> others(Set<String> mine) {
        Set<String> others = new HashSet<>(graph.conf().getVertices().keySet());
        others.removeAll(mine);
        return others;
    }

    private void leave(Map<String, String> left, Set<String> mine) {
        left.forEach((vertex, reason) -> {
            if (mine.contains(vertex) || choices.isExcepted(edit.label(vertex))) {
                reasons.putIfAbsent(vertex, reason);
            }
        });
    }

    private void chains(Memory memory, Set<String> mine) {
        Set<String> others = others(mine);
        ResidualBlocks.Found found = ResidualBlocks.find(
                graph,
                others,
                memory.chain().atLeast(),
                memory.kind() == Memory.Kind.REVERSIBLE
                        && memory.chain().schedule().hasMomentum());
        found.rows().forEach(row -> add(new ChainOfBlocks(row, memory)));
        Set<String> taken = new HashSet<>(mine);
        taken.removeAll(open.keySet());
        VertexRows.Found transformers = VertexRows.find(graph, taken, others, memory);
        transformers.rows().forEach(row -> add(new ChainOfTransformers(row, memory)));
        leave(found.left(), mine);
        leave(transformers.left(), mine);
        if (edit.isLine() && memory.kind() == Memory.Kind.REVERSIBLE) {
            for (String vertex : graph.conf().getVertices().keySet()) {
                if (mine.contains(vertex) && open.containsKey(vertex)) {
                    reasons.putIfAbsent(vertex, TransformerRow.obstacle(graph.layer(vertex)));
                } else if (choices.isExcepted(edit.label(vertex))) {
                    reasons.putIfAbsent(vertex, "excepted");
                }
            }
        }
    }

    private void sequences(Choice choice, Set<String> mine) {
        Memory memory = choice.memory();
        GraphRuns.Found found = GraphRuns.find(graph, others(mine));
        for (Run run : found.runs()) {
            List<Run> parts = memory.kind() == Memory.Kind.CHECKPOINT ? run.cut(graph) : List.of(run);
            for (Run part : parts) {
                if (part.isWorthAContainer(graph)) {
                    add(new SequenceOfLayers(part, memory, choices.within(memory)));
                }
            }
        }
        if (!choice.rest()) {
            leave(found.left(), mine);
        }
    }

    private void inPlace(Choice choice, Set<String> mine) {
        Memory memory = choice.memory();
        if (memory.sharesNorms()) {
            return; // done where it could be, in a step before
        }
        for (String vertex : List.copyOf(open.keySet())) {
            Layer layer = mine.contains(vertex) ? graph.layer(vertex) : null;
            if (layer != null && InPlace.isPossible(layer)) {
                add(new InPlace(vertex, memory));
            } else if (layer != null && !choice.rest()) {
                reasons.putIfAbsent(vertex, "no transformer block or MLP, whose inside " + memory + " is about");
            }
        }
    }
}
