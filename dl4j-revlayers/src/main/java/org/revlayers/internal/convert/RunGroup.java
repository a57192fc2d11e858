package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.List;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.container.RazorSequence;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.container.LayerSequence;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.keep.Memory;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/** A run of a network's layers: each unit becomes a container, and all of them one sequence. */
final class RunGroup implements PlanGroup {

    private final NetworkEdit<?> edit;
    private final GraphIndex graph;
    private final Run run;
    private final List<Run> parts;
    private final List<PlanRows.Row> rows;

    RunGroup(NetworkEdit<?> edit, GraphIndex graph, Run run, List<PlannedChain> chains) {
        this.edit = edit;
        this.graph = graph;
        this.run = run;
        parts = Parts.of(run, graph);
        rows = PlanRows.find(chains, parts);
    }

    @Override
    public List<PlanUnits.Unit> units(int number) {
        List<PlanUnits.Unit> units = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            Run part = parts.get(i);
            Run.Piece begin = part.pieces().get(0);
            String name = begin.addition() == null ? begin.main().get(0) : begin.addition();
            units.add(new PlanUnits.Unit(
                    edit.label(name),
                    part.vertices().stream().map(edit::label).toList(),
                    number,
                    i == 0,
                    i + 1 == parts.size(),
                    part.source(),
                    graph.preProcessor(begin.main().get(0)),
                    null));
        }
        return units;
    }

    @Override
    public List<Answer> answers(int unit) {
        List<Answer> answers = new ArrayList<>(List.of(Answer.values()));
        answers.remove(Answer.REVERSIBLE);
        boolean hidden = parts.get(unit).vertices().stream()
                .anyMatch(v -> graph.layer(v) != null && InPlace.isPossible(Wrappers.thawed(graph.layer(v))));
        if (NormsInPlace.obstacle(graph, parts.get(unit), Answer.IN_PLACE.memory()) != null) {
            answers.remove(Answer.IN_PLACE);
        }
        if (!hidden) {
            answers.removeAll(List.of(Answer.RECOMPUTE, Answer.APPROX));
        }
        return answers;
    }

    @Override
    public Exactness exactness(Answer answer) {
        return answer.exactness();
    }

    @Override
    public boolean canCheckpoint(int from, int to) {
        return true;
    }

    @Override
    public Exactness reversible(int from, int to) {
        return to - from > 1 && row(from, to) != null ? Exactness.NEW_FUNCTION : null;
    }

    private PlanRows.Row row(int from, int to) {
        return rows.stream().filter(row -> row.has(from, to)).findFirst().orElse(null);
    }

    /** On a disk is what a sequence keeps of the unit: it is inside of one then. */
    @Override
    public List<ContainerLayer> made(int unit, Memory memory) {
        LayerSequence made = inMemory(unit, memory);
        if (!memory.onDisk()) {
            return List.of(made);
        }
        made.setLayerName("unit");
        return List.of(new RazorSequence.Builder()
                .layers(made)
                .memory(Memory.store())
                .onDisk("unit")
                .build());
    }

    private LayerSequence inMemory(int unit, Memory memory) {
        Run part = parts.get(unit);
        PlannedRun.Part made = new PlannedRun.Part(List.of(part), memory, null);
        LayerSequence sequence = (LayerSequence) made.empty(edit, graph).container();
        sequence.getLayers().addAll(Sequences.layers(graph, part));
        made.fill(sequence);
        return sequence;
    }

    @Override
    public ReversibleChain chain(int from, int to, Memory memory) {
        PlannedRun.Part made = part(new PlanUnits.Assigned(from, to, memory));
        ContainerLayer chain = made.empty(edit, graph).container();
        made.fill(chain);
        return (ReversibleChain) chain;
    }

    private PlannedRun.Part part(PlanUnits.Assigned a) {
        return new PlannedRun.Part(
                parts.subList(a.from(), a.to()),
                a.memory(),
                a.memory().kind() == Memory.Kind.REVERSIBLE
                        ? row(a.from(), a.to()).part(a.from(), a.to(), a.memory())
                        : null);
    }

    @Override
    public Planned planned(List<PlanUnits.Assigned> assigned) {
        return new PlannedRun(run, assigned.stream().map(this::part).toList());
    }
}
