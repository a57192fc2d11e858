package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;

/**
 * Finds the maximal runs of a graph by its structure: layers in a row, and sums of two paths of layers from one vertex, whatever lies on the
 * paths.
 */
final class GraphRuns {

    /** Why a layer is in no run although it could be. */
    static final String ALONE = "alone: the network keeps its input anyway";

    private final GraphIndex graph;
    private final Map<String, String> except;
    private final Map<String, String> left = new LinkedHashMap<>();

    private GraphRuns(GraphIndex graph, Map<String, String> except) {
        this.graph = graph;
        this.except = except;
    }

    /**
     * What was found.
     *
     * @param runs of two layers or more
     * @param left reasons by the names of the vertices that are in no run
     */
    record Found(List<Run> runs, Map<String, String> left) {}

    /** @param except names of vertices that stay, and why: as what each "is" */
    static Found find(GraphIndex graph, Map<String, String> except) {
        return new GraphRuns(graph, except).find();
    }

    /** @param except names of vertices that stay */
    static Found find(GraphIndex graph, Set<String> except) {
        Map<String, String> reasons = new HashMap<>();
        except.forEach(name -> reasons.put(name, "excepted"));
        return find(graph, reasons);
    }

    private Found find() {
        Map<String, Run.Piece> pieces = new LinkedHashMap<>();
        Set<String> inside = new HashSet<>();
        for (String name : graph.conf().getVertices().keySet()) {
            Run.Piece sum = ResidualBlocks.isAddition(graph.vertex(name)) ? sum(name) : null;
            if (sum != null) {
                pieces.put(name, sum);
                inside.addAll(sum.layers());
            }
        }
        for (String name : graph.conf().getVertices().keySet()) {
            String obstacle = pieces.containsKey(name) || inside.contains(name) ? null : obstacle(name, true);
            if (obstacle != null) {
                left.putIfAbsent(name, obstacle);
            } else if (!pieces.containsKey(name) && !inside.contains(name)) {
                pieces.put(name, new Run.Piece(graph.inputs(name).get(0), List.of(name), List.of(), null));
            }
        }
        List<Run> runs = new ArrayList<>();
        for (Run run : runs(pieces)) {
            if (run.isWorthAContainer(graph)) {
                runs.add(run);
            } else {
                left.put(run.output(), ALONE);
            }
        }
        return new Found(runs, left);
    }

    /** Why a vertex cannot be in a container; null if it can. */
    private String obstacle(String name, boolean first) {
        if (except.containsKey(name)) {
            return except.get(name);
        }
        if (graph.layer(name) == null || first && !graph.isLayer(name)) {
            return "no layer but " + Kinds.kind(graph, name);
        }
        if (!first && graph.preProcessor(name) != null) {
            return "has a preprocessor";
        }
        return Containable.obstacle(graph.layer(name));
    }

    /** The two paths that end in an addition; null, with a reason noted, if it does not add two paths of layers from one vertex. */
    private Run.Piece sum(String addition) {
        List<String> inputs = graph.inputs(addition);
        if (inputs.size() != 2 || except.containsKey(addition)) {
            left.put(addition, except.getOrDefault(addition, "adds " + inputs.size() + " inputs, not two"));
            return null;
        }
        List<String> first = ancestors(inputs.get(0));
        List<String> second = ancestors(inputs.get(1));
        String fork = first.stream().filter(second::contains).findFirst().orElse(null);
        if (fork == null || first.get(0).equals(second.get(0))) {
            boolean frozen = inputs.stream().allMatch(input -> graph.layer(input) instanceof FrozenLayer);
            left.put(
                    addition,
                    frozen
                            ? Containable.FROZEN
                            : "its inputs are not two paths of layers from one vertex that nobody else reads"
                                    + stops(first, second));
            return null;
        }
        List<String> one = path(first, fork);
        List<String> other = path(second, fork);
        if (one.stream().noneMatch(graph::isLayer) && other.stream().noneMatch(graph::isLayer)) {
            left.put(addition, "adds multiples of one vertex, without a layer");
            return null;
        }
        return one.isEmpty() ? new Run.Piece(fork, other, one, addition) : new Run.Piece(fork, one, other, addition);
    }

    /** A vertex and what it is computed from, for as long as that are layers that only this path reads. */
    private List<String> ancestors(String end) {
        List<String> ancestors = new ArrayList<>(List.of(end));
        String at = end;
        while (graph.vertex(at) != null && obstacle(at, false) == null && graph.onlyReader(at) != null) {
            at = graph.inputs(at).get(0);
            ancestors.add(at);
        }
        return ancestors;
    }

    /** Where the ways back from an addition end, and why. */
    private String stops(List<String> first, List<String> second) {
        Set<String> stops = new LinkedHashSet<>();
        for (List<String> ancestors : List.of(first, second)) {
            String at = ancestors.get(ancestors.size() - 1);
            if (graph.vertex(at) == null) {
                continue;
            }
            String obstacle = obstacle(at, false);
            if (graph.layer(at) != null && obstacle != null) {
                stops.add(Kinds.of(graph, at) + (except.containsKey(at) ? " is " : " ") + obstacle);
            } else if (graph.layer(at) == null) {
                stops.add(Kinds.of(graph, at) + " is no layer");
            } else {
                stops.add(Kinds.of(graph, at) + " is read by others too");
            }
        }
        return stops.isEmpty() ? "" : ": " + String.join(", ", stops);
    }

    private static List<String> path(List<String> ancestors, String fork) {
        LinkedList<String> path = new LinkedList<>();
        ancestors.subList(0, ancestors.indexOf(fork)).forEach(path::addFirst);
        return path;
    }

    private List<Run> runs(Map<String, Run.Piece> pieces) {
        Map<String, Run.Piece> next = new LinkedHashMap<>();
        Set<String> behind = new HashSet<>();
        pieces.forEach((output, piece) -> {
            if (pieces.containsKey(piece.source()) && isReadByAlone(piece)) {
                next.put(piece.source(), piece);
                behind.add(output);
            }
        });
        List<Run> runs = new ArrayList<>();
        pieces.forEach((output, piece) -> {
            if (!behind.contains(output)) {
                List<Run.Piece> run = new ArrayList<>();
                for (Run.Piece at = piece; at != null; at = next.get(at.output())) {
                    run.add(at);
                }
                runs.add(new Run(run));
            }
        });
        return runs;
    }

    /** Whether a piece is all that reads its source, and reads it as it is. */
    private boolean isReadByAlone(Run.Piece piece) {
        boolean asItIs = piece.addition() != null || obstacle(piece.main().get(0), false) == null;
        return asItIs && !graph.isOutput(piece.source()) && piece.vertices().containsAll(graph.readers(piece.source()));
    }
}
