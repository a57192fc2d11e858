package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.keep.Memory;

/**
 * Finds the units of a network, each for the {@link Memory} that its layers were given: memory by memory, what one cannot be done with goes to what it
 * says of the rest.
 */
final class Chooser {

    /** The general reason of what cannot be in a chain. */
    static final String IN_NO_ROW = "in no block of a chain";

    private final NetworkEdit<?> edit;
    private final GraphIndex graph;
    private final Choices choices;
    private final List<Planned> units = new ArrayList<>();

    /** The vertices whose norms are to share, and what their layers keep. */
    private final Map<String, Memory> norms = new HashMap<>();

    private final Map<String, String> reasons = new LinkedHashMap<>();

    /** What the vertices that are in no unit yet are to be, in the order of the network. */
    private final Map<String, Choice> open = new LinkedHashMap<>();

    /** @param rest whether this is what another memory says of what it cannot be done with */
    private record Choice(Memory memory, boolean rest) {}

    Chooser(NetworkEdit<?> edit, GraphIndex graph, Choices choices) {
        this.edit = edit;
        this.graph = graph;
        this.choices = choices;
        for (String vertex : graph.conf().getVertices().keySet()) {
            Memory memory = choices.of(edit.label(vertex));
            if (memory != null) {
                open.put(vertex, new Choice(memory, false));
            }
        }
    }

    /** The units, in the order in which they were found. */
    List<Planned> units() {
        return units;
    }

    /** The vertices whose norms are to share before all else, in the order of the network, and what their layers keep then. */
    Map<String, Memory> norms() {
        Map<String, Memory> ordered = new LinkedHashMap<>();
        graph.conf().getVertices().keySet().forEach(vertex -> ordered.put(vertex, norms.get(vertex)));
        ordered.values().removeIf(Objects::isNull);
        return ordered;
    }

    /** Whether anything becomes something else. */
    boolean isAny() {
        return !units.isEmpty() || !norms.isEmpty();
    }

    /** Why vertices were left, by their names, in the order of the network: all that are in no unit. */
    Map<String, String> left() {
        Set<String> inside = inUnits();
        Map<String, String> left = new LinkedHashMap<>();
        for (String vertex : graph.conf().getVertices().keySet()) {
            boolean shares = norms.containsKey(vertex) && !reasons.containsKey(vertex);
            if (!inside.contains(vertex) && !shares) {
                left.put(vertex, reason(vertex));
            }
        }
        return left;
    }

    private String reason(String vertex) {
        Memory memory = choices.of(edit.label(vertex));
        if (memory == null) {
            return "excepted";
        }
        if (Wrappers.thawed(graph.layer(vertex)) instanceof ContainerLayer) {
            return Containable.CONTAINER;
        }
        String general = memory.kind() == Memory.Kind.REVERSIBLE ? IN_NO_ROW : GraphRuns.ALONE;
        return reasons.getOrDefault(vertex, general);
    }

    private Set<String> inUnits() {
        Set<String> inside = new HashSet<>();
        units.forEach(unit -> inside.addAll(unit.vertices()));
        return inside;
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
            case RAZOR, HALF, INT8, STORE, IN_PLACE -> {
                if (memory.sharesNorms()) {
                    share(memory.inside(), mine);
                }
                sequences(choice, mine);
            }
            case SHARED_NORMS, APPROX -> norms(memory, mine);
            default -> inPlace(mine, memory, "no transformer block or MLP, whose inside recompute is about");
        }
    }

    private void add(Planned unit) {
        units.add(unit);
        open.keySet().removeAll(unit.vertices());
    }

    /** What finders must leave alone, and why. */
    private Map<String, String> others(Set<String> mine) {
        Set<String> inside = inUnits();
        Map<String, String> others = new HashMap<>();
        for (String vertex : graph.conf().getVertices().keySet()) {
            if (!mine.contains(vertex)) {
                boolean excepted = choices.isExcepted(edit.label(vertex));
                String other = inside.contains(vertex) ? "in another unit" : "kept in another way";
                others.put(vertex, excepted ? "excepted" : other);
            }
        }
        return others;
    }

    private void leave(Map<String, String> left, Set<String> mine) {
        left.forEach((vertex, reason) -> {
            if (mine.contains(vertex)) {
                reasons.putIfAbsent(vertex, reason);
            }
        });
    }

    private void chains(Memory memory, Set<String> mine) {
        Map<String, String> others = others(mine);
        ResidualBlocks.Found found = ResidualBlocks.find(
                graph,
                others,
                memory.chain().atLeast(),
                memory.kind() == Memory.Kind.REVERSIBLE
                        && memory.chain().schedule().hasMomentum());
        found.rows().forEach(row -> add(new ChainOfBlocks(row, memory)));
        Set<String> taken = new HashSet<>(mine);
        taken.removeAll(open.keySet());
        VertexRows.Found transformers = VertexRows.find(graph, taken, others.keySet(), memory);
        transformers.rows().forEach(row -> add(new ChainOfTransformers(row, memory)));
        leave(found.left(), mine);
        leave(transformers.left(), mine);
        if (edit.isLine() && memory.kind() == Memory.Kind.REVERSIBLE) {
            for (String vertex : graph.conf().getVertices().keySet()) {
                if (mine.contains(vertex) && open.containsKey(vertex)) {
                    reasons.putIfAbsent(vertex, TransformerRow.obstacle(graph.layer(vertex)));
                }
            }
        }
    }

    private void sequences(Choice choice, Set<String> mine) {
        Memory memory = choice.memory();
        GraphRuns.Found found = GraphRuns.find(graph, others(mine));
        for (Run run : found.runs()) {
            String obstacle = memory.kind() == Memory.Kind.IN_PLACE ? NormsInPlace.obstacle(graph, run, memory) : null;
            if (obstacle != null) {
                run.vertices().forEach(vertex -> reasons.putIfAbsent(vertex, obstacle));
                continue;
            }
            List<Run> parts = memory.kind() == Memory.Kind.CHECKPOINT ? run.cut(graph) : List.of(run);
            if (memory.onDisk() && parts.size() > 1) {
                add(new OnDisk(run, parts, memory));
                continue;
            }
            for (Run part : parts) {
                if (part.isWorthAContainer(graph)) {
                    List<String> labels =
                            part.vertices().stream().map(edit::label).toList();
                    add(new SequenceOfLayers(part, memory, choices.within(memory, labels)));
                }
            }
        }
        leave(found.left(), mine);
    }

    private void share(Memory inside, Set<String> mine) {
        for (String vertex : mine) {
            if (NormMerger.isConvertible(graph.layer(vertex))) {
                norms.put(vertex, inside);
            }
        }
    }

    private void norms(Memory memory, Set<String> mine) {
        share(memory, mine);
        Set<String> rest = new HashSet<>(mine);
        rest.removeAll(norms.keySet());
        open.keySet().removeIf(vertex -> mine.contains(vertex) && !rest.contains(vertex));
        reasons.keySet().removeIf(vertex -> mine.contains(vertex) && !rest.contains(vertex));
        inPlace(rest, memory, "no LayerNormalization or transformer block whose norms could share their output");
    }

    private void inPlace(Set<String> mine, Memory memory, String otherwise) {
        for (String vertex : List.copyOf(open.keySet())) {
            Layer layer = graph.layer(vertex);
            if (!mine.contains(vertex)) {
                continue;
            }
            if (layer == null || !InPlace.isPossible(layer) || memory.kind() == Memory.Kind.SHARED_NORMS) {
                reasons.putIfAbsent(vertex, otherwise);
            } else if (InPlace.isSo(layer, memory)) {
                reasons.putIfAbsent(vertex, "keeps what is inside so already");
            } else {
                add(new InPlace(vertex, memory));
            }
        }
    }
}
