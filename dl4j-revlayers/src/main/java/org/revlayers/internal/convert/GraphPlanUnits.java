package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.autodiff.samediff.SameDiff;
import org.revlayers.internal.graph.GraphUnit;
import org.revlayers.internal.graph.GraphUnits;
import org.revlayers.internal.graph.UnitRewrite;
import org.revlayers.keep.Memory;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/** The units of a SameDiff graph that a plan chooses for, and the graph that a plan makes of it. What can only be stored is in none. */
@Slf4j
public final class GraphPlanUnits implements PlanSubject {

    private final SameDiff graph;
    private final Map<String, long[]> shapes;
    private final List<GraphUnit> units;

    /**
     * Of a graph, which is not changed.
     *
     * @param shapes of its placeholders
     * @throws IllegalArgumentException if it has no loss or no training configuration, or no part that could be computed again
     */
    public GraphPlanUnits(SameDiff graph, Map<String, long[]> shapes) {
        require(
                graph.getTrainingConfig() != null && !graph.getLossVariables().isEmpty(),
                "a plan needs a graph that can be trained: call sd.setLossVariables and sd.setTrainingConfig first");
        this.graph = graph;
        this.shapes = shapes;
        List<GraphUnit> all = GraphUnits.find(graph);
        units = all.stream().filter(unit -> unit.why() == null).toList();
        Map<String, String> left = new LinkedHashMap<>();
        all.stream().filter(unit -> unit.why() != null).forEach(unit -> left.put(unit.output(), unit.why()));
        require(
                !units.isEmpty(),
                "nothing to plan: the graph has no part through whose two ends alone gradients go and that could be computed again. Left: "
                        + left);
        if (!left.isEmpty()) {
            log.info("Parts of the graph that a plan leaves stored, by their values: {}", left);
        }
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException(what);
        }
    }

    /** In forward order. */
    public List<GraphUnit> units() {
        return units;
    }

    @Override
    public int size() {
        return units.size();
    }

    @Override
    public String name(int unit) {
        return units.get(unit).output();
    }

    @Override
    public List<String> members(int unit) {
        return units.get(unit).values();
    }

    @Override
    public Exactness exactness(int unit, Answer answer) {
        return answer.exactness();
    }

    @Override
    public boolean canCheckpoint(int from, int to) {
        return GraphUnits.isRow(graph, units.subList(from, to));
    }

    @Override
    public boolean isValueFirst() {
        return true;
    }

    @Override
    public SameDiff apply(List<Assigned> assigned) {
        List<GraphUnit> again = new ArrayList<>();
        Map<Memory, List<GraphUnit>> thinned = new LinkedHashMap<>();
        for (Assigned a : assigned) {
            List<GraphUnit> row = units.subList(a.from(), a.to());
            boolean checkpoint = a.memory().kind() == Memory.Kind.CHECKPOINT && canCheckpoint(a.from(), a.to());
            require(
                    checkpoint || a.to() - a.from() == 1,
                    "units of a graph are kept together if they are in a row and checkpointed; units " + a.from()
                            + " to " + (a.to() - 1) + " cannot be, by " + a.memory());
            if (checkpoint) {
                again.add(GraphUnit.of(row));
            } else if (a.memory().thins()) {
                thinned.computeIfAbsent(a.memory(), k -> new ArrayList<>()).addAll(row);
            }
        }
        return UnitRewrite.of(graph, again, thinned, shapes);
    }
}
