package org.revlayers.internal.graph;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.revlayers.internal.backend.GraphCut;
import org.revlayers.internal.backend.SameDiffInternals;

/**
 * Cuts a training graph where a single array is between what is in front and the losses: in residual networks between the blocks, elsewhere between layers.
 * Arrays that carry no gradient of a parameter, such as masks, are not counted. A part without a parameter of its own belongs to the one before it.
 */
public final class GraphUnits {

    /** Of a deeper graph, the smallest neighbours are taken together. */
    private static final int MOST = 100;

    private final SameDiff graph;
    private final Set<String> losses;

    /** Names of variables that depend on a placeholder. */
    private final Set<String> fed = new HashSet<>();

    /** Names of variables that depend on a parameter. */
    private final Set<String> trained = new HashSet<>();

    private GraphUnits(SameDiff graph) {
        this.graph = graph;
        this.losses = Set.copyOf(graph.getLossVariables());
        for (SDVariable v : graph.variables()) {
            if (v.getVariableType() == VariableType.PLACEHOLDER) {
                fed.add(v.name());
            } else if (SameDiffInternals.isTrained(v)) {
                trained.add(v.name());
            }
        }
    }

    /** In forward order; the graph, which has losses, is not changed. */
    public static List<GraphUnit> find(SameDiff graph) {
        return new GraphUnits(graph).units();
    }

    private List<GraphUnit> units() {
        List<String> cuts = cuts();
        List<GraphUnit> units = new ArrayList<>();
        for (int i = 0; i + 1 < cuts.size(); i++) {
            GraphUnit unit = unit(cuts.get(i), cuts.get(i + 1));
            GraphUnit before = units.isEmpty() ? null : units.get(units.size() - 1);
            if (unit.ops().isEmpty()) {
                continue; // the one leads to a loss of its own
            }
            if (before != null && isReplayable(before, unit) && !hasParameter(unit)) {
                units.set(units.size() - 1, before.and(unit));
            } else {
                units.add(unit);
            }
        }
        while (units.size() > MOST && joinSmallest(units)) {
            // until there are few enough
        }
        return units;
    }

    /** Names of the variables that are alone, in forward order. */
    private List<String> cuts() {
        List<String> order = GraphCut.order(graph, graph.getLossVariables());
        order.forEach(this::mark);
        Map<String, Set<String>> waiting = new LinkedHashMap<>();
        for (String name : order) {
            SameDiffOp op = graph.getOps().get(name);
            if (op.getOutputsOfOp().stream().anyMatch(this::carries)) {
                op.getInputsToOp().stream().filter(this::carries).forEach(v -> waiting.computeIfAbsent(
                                v, k -> new HashSet<>())
                        .add(name));
            }
        }
        List<String> cuts = new ArrayList<>();
        Set<String> live = new LinkedHashSet<>();
        for (String name : order) {
            SameDiffOp op = graph.getOps().get(name);
            for (String read : op.getInputsToOp()) {
                Set<String> readers = waiting.get(read);
                if (readers != null && readers.remove(name) && readers.isEmpty()) {
                    live.remove(read);
                }
            }
            boolean any = false;
            for (String made : op.getOutputsOfOp()) {
                any |= waiting.containsKey(made) && live.add(made);
            }
            String alone = live.size() == 1 ? live.iterator().next() : null;
            if (any && alone != null && !losses.contains(alone)) {
                cuts.add(alone);
            }
        }
        return cuts;
    }

    private void mark(String name) {
        SameDiffOp op = graph.getOps().get(name);
        for (Set<String> marked : List.of(fed, trained)) {
            if (op.getInputsToOp().stream().anyMatch(marked::contains)) {
                marked.addAll(op.getOutputsOfOp());
            }
        }
    }

    private boolean carries(String variable) {
        return fed.contains(variable)
                && trained.contains(variable)
                && graph.getVariable(variable).dataType().isFPType();
    }

    /** Whether two units could be computed again as one. */
    private boolean isReplayable(GraphUnit unit, GraphUnit next) {
        return unit.why() == null && next.why() == null && isRow(graph, List.of(unit, next));
    }

    /** Whether units follow each other, and nothing else reads what is between them. */
    public static boolean isRow(SameDiff graph, List<GraphUnit> units) {
        for (int i = 1; i < units.size(); i++) {
            String between = units.get(i).input();
            if (!units.get(i - 1).output().equals(between)
                    || !units.get(i).ops().containsAll(GraphWalk.readers(graph, between))) {
                return false;
            }
        }
        return true;
    }

    private boolean hasParameter(GraphUnit unit) {
        return unit.ops().stream()
                .flatMap(op -> graph.getOps().get(op).getInputsToOp().stream())
                .anyMatch(v -> trained.contains(v) && !fed.contains(v));
    }

    private GraphUnit unit(String input, String output) {
        Set<String> ops = GraphWalk.between(graph, input, output);
        List<String> values = ops.stream()
                .map(op -> graph.getOps().get(op).getOutputsOfOp().get(0))
                .toList();
        return new GraphUnit(input, output, ops, values, obstacle(input, output, ops));
    }

    private @Nullable String obstacle(String input, String output, Set<String> ops) {
        SDVariable x = graph.getVariable(input);
        SDVariable y = graph.getVariable(output);
        return x.dataType() == y.dataType()
                ? Replayable.obstacle(graph, ops, losses, ops::contains, output)
                : "\"" + output + "\" is of type " + y.dataType() + " and \"" + input + "\" of " + x.dataType();
    }

    private boolean joinSmallest(List<GraphUnit> units) {
        int at = IntStream.range(0, units.size() - 1)
                .filter(i -> isReplayable(units.get(i), units.get(i + 1)))
                .boxed()
                .min(Comparator.comparingInt((Integer i) ->
                        units.get(i).ops().size() + units.get(i + 1).ops().size()))
                .orElse(-1);
        if (at >= 0) {
            units.set(at, units.get(at).and(units.remove(at + 1)));
        }
        return at >= 0;
    }
}
