package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.container.LayerSequence;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.keep.Memory;
import org.revlayers.plan.Answer;

/** The units of a network that a plan chooses for, and the network that a plan makes of it. */
public final class PlanUnits {

    private final Model net;
    private final NetworkEdit<?> edit;
    private final GraphIndex graph;
    private final List<Run> runs = new ArrayList<>();
    private final List<Run> parts = new ArrayList<>();
    private final List<Unit> units = new ArrayList<>();
    private final List<PlanRows.Row> rows;

    /**
     * Layers that are kept alike.
     *
     * @param name    a member's: of the addition, or of the first layer
     * @param members layers and additions, by the user's names
     * @param run     number of the row of units that it is in
     * @param first   whether it is the first there: the network holds its input
     * @param last    whether it is the last there: the network holds its output
     * @param source  what it reads, by the network's name for it
     * @param before  what stands between; may be null
     * @param hidden  whether there are activations that can be computed again by themselves, or kept as codes
     */
    public record Unit(
            String name,
            List<String> members,
            int run,
            boolean first,
            boolean last,
            String source,
            InputPreProcessor before,
            boolean hidden) {}

    /** Units [from, to) of one run, and how they are kept, together. */
    public record Assigned(int from, int to, Memory memory) {}

    private PlanUnits(Model net) {
        this.net = net;
        this.edit = edit(net);
        this.graph = new GraphIndex(edit.conf());
        Containable.check(edit.conf().getBackpropType());
        GraphRuns.Found found = GraphRuns.find(graph, Set.of());
        List<String> order = graph.inOrder();
        List<Run> inOrder = new ArrayList<>(found.runs());
        inOrder.sort(Comparator.comparingInt(run -> order.indexOf(run.output())));
        for (Run run : inOrder) {
            List<Run> cut = Parts.of(run, graph);
            for (int i = 0; i < cut.size(); i++) {
                units.add(unit(cut.get(i), runs.size(), i == 0, i + 1 == cut.size()));
            }
            runs.add(run);
            parts.addAll(cut);
        }
        if (units.isEmpty()) {
            throw new IllegalArgumentException(
                    "nothing to plan: there are no two layers in a row, nor a transformer block, that could be in a"
                            + " container. Left: " + left(found));
        }
        rows = PlanRows.find(graph, parts);
    }

    private static NetworkEdit<?> edit(Model net) {
        return net instanceof MultiLayerNetwork line ? new LineEdit(line) : new GraphEdit((ComputationGraph) net);
    }

    /** Of a network, which is not changed. */
    public static PlanUnits of(Model net) {
        return new PlanUnits(net);
    }

    private Unit unit(Run part, int run, boolean first, boolean last) {
        Run.Piece begin = part.pieces().get(0);
        String name = begin.addition() == null ? begin.main().get(0) : begin.addition();
        return new Unit(
                edit.label(name),
                part.vertices().stream().map(edit::label).toList(),
                run,
                first,
                last,
                part.source(),
                graph.preProcessor(begin.main().get(0)),
                part.vertices().stream()
                        .anyMatch(v -> graph.layer(v) != null && InPlace.isPossible(Wrappers.thawed(graph.layer(v)))));
    }

    /** In forward order. */
    public List<Unit> units() {
        return units;
    }

    private Map<String, String> left(GraphRuns.Found found) {
        Map<String, String> left = new LinkedHashMap<>();
        found.left().forEach((vertex, reason) -> left.put(edit.label(vertex), reason));
        return left;
    }

    /** What networks of layers in a line call their input and their layers, in order. */
    public List<String> line() {
        List<String> line = new ArrayList<>(graph.conf().getNetworkInputs());
        line.addAll(graph.conf().getVertices().keySet());
        return line;
    }

    /** The same for units that are alike but for names and parameters. */
    public String key(int unit) {
        NeuralNetConfiguration conf = new NeuralNetConfiguration();
        conf.setLayer(made(unit, Memory.store()));
        return conf.toJson() + units.get(unit).first() + units.get(unit).last();
    }

    /** The answers that there are for a unit by itself. */
    public List<Answer> answers(int unit) {
        List<Answer> answers = new ArrayList<>(List.of(Answer.values()));
        answers.remove(Answer.REVERSIBLE);
        if (!units.get(unit).hidden()) {
            answers.removeAll(List.of(Answer.RECOMPUTE, Answer.APPROX));
        }
        return answers;
    }

    /** What a unit becomes, with copies of its layers, to be measured. */
    public LayerSequence made(int unit, Memory memory) {
        Run part = parts.get(unit);
        PlannedRun.Part made = new PlannedRun.Part(List.of(part), memory, null);
        LayerSequence sequence = (LayerSequence) made.empty(edit, graph).container();
        Map<String, String> names = new HashMap<>();
        part.vertices().forEach(vertex -> names.put(vertex, "l" + names.size()));
        sequence.getLayers().addAll(Sequences.layers(graph, part, names));
        made.fill(sequence);
        return sequence;
    }

    /** Whether units [from, to) can be a reversible chain. */
    public boolean canReverse(int from, int to) {
        return to - from > 1 && row(from, to) != null;
    }

    private PlanRows.Row row(int from, int to) {
        return rows.stream().filter(row -> row.has(from, to)).findFirst().orElse(null);
    }

    /** What units [from, to) become as a chain, with copies of their layers, to be measured. */
    public ReversibleChain chain(int from, int to, Memory reversible) {
        PlannedRun.Part made = new PlannedRun.Part(
                parts.subList(from, to), reversible, row(from, to).part(from, to, reversible));
        ContainerLayer chain = made.empty(edit, graph).container();
        made.fill(chain);
        return (ReversibleChain) chain;
    }

    /** Every unit on its own, all by one memory. */
    public List<Assigned> alone(Memory memory) {
        return IntStream.range(0, units.size())
                .mapToObj(i -> new Assigned(i, i + 1, memory))
                .toList();
    }

    /** A copy of the network in which units are kept as they are told, parameters and updater state the same. */
    public Model apply(List<Assigned> assigned) {
        return Converter.outside(() -> apply(edit(net), assigned));
    }

    private <N extends Model> N apply(NetworkEdit<N> fresh, List<Assigned> assigned) {
        GraphIndex index = new GraphIndex(fresh.conf());
        List<Planned> planned = new ArrayList<>();
        for (int run = 0; run < runs.size(); run++) {
            List<PlannedRun.Part> made = new ArrayList<>();
            for (Assigned a : assigned) {
                if (units.get(a.from()).run() == run) {
                    made.add(joined(a));
                }
            }
            planned.add(new PlannedRun(runs.get(run), made));
        }
        Converter.assemble(fresh, index, planned, (unit, built) -> {});
        N made = fresh.finish();
        fresh.carryUpdater(made);
        return made;
    }

    private PlannedRun.Part joined(Assigned a) {
        long runs = units.subList(a.from(), a.to()).stream()
                .map(Unit::run)
                .distinct()
                .count();
        boolean reversible = a.memory().kind() == Memory.Kind.REVERSIBLE;
        boolean together = runs == 1
                && (reversible
                        ? canReverse(a.from(), a.to())
                        : a.to() - a.from() == 1 || a.memory().kind() == Memory.Kind.CHECKPOINT);
        if (!together) {
            throw new IllegalArgumentException("units are kept together if they are in one run and checkpointed, or"
                    + " blocks of one chain and reversible; units " + a.from() + " to " + (a.to() - 1) + " are in "
                    + runs + " runs, by " + a.memory());
        }
        return new PlannedRun.Part(
                parts.subList(a.from(), a.to()),
                a.memory(),
                reversible ? row(a.from(), a.to()).part(a.from(), a.to(), a.memory()) : null);
    }
}
