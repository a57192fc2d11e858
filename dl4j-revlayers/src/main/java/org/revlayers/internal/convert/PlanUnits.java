package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.keep.Memory;
import org.revlayers.layers.InPlaceBatchNorm;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/** The units of a network that a plan chooses for, and the network that a plan makes of it. */
public final class PlanUnits implements PlanSubject {

    private final Model net;
    private final GraphIndex graph;
    private final List<PlanGroup> groups = new ArrayList<>();

    /** The number of each group's first unit. */
    private final List<Integer> starts = new ArrayList<>();

    private final List<Unit> units = new ArrayList<>();

    /**
     * Layers that are kept alike.
     *
     * @param name    a member's: of the addition, or of the first layer; of a chain's sub-block, with the chain's name in front
     * @param members layers and additions, by the user's names
     * @param run     number of the row of units that it is in
     * @param first   whether it is the first there: the network holds its input
     * @param last    whether it is the last there: the network holds its output
     * @param source  what it reads, by the network's name for it
     * @param before  what stands between; may be null
     * @param stem    the chain whose stem stands between, too, by the network's name for it; null for none
     */
    public record Unit(
            String name,
            List<String> members,
            int run,
            boolean first,
            boolean last,
            String source,
            InputPreProcessor before,
            String stem) {}

    private PlanUnits(Model net) {
        this.net = net;
        NetworkEdit<?> edit = edit(net);
        this.graph = new GraphIndex(edit.conf());
        Containable.check(edit.conf().getBackpropType());
        GraphRuns.Found found = GraphRuns.find(graph, Set.of());
        List<PlannedChain> chains = PlanRows.chains(graph);
        Map<String, PlanGroup> byOutput = new HashMap<>();
        found.runs().forEach(run -> byOutput.put(run.output(), new RunGroup(edit, graph, run, chains)));
        ChainGroup.find(edit, graph).forEach(chain -> byOutput.put(chain.vertex(), chain));
        List<String> order = graph.inOrder();
        byOutput.entrySet().stream()
                .sorted(Comparator.comparingInt(group -> order.indexOf(group.getKey())))
                .forEach(group -> {
                    starts.add(units.size());
                    units.addAll(group.getValue().units(groups.size()));
                    groups.add(group.getValue());
                });
        if (units.isEmpty()) {
            Map<String, String> left = new LinkedHashMap<>();
            found.left().forEach((vertex, reason) -> left.put(edit.label(vertex), reason));
            throw new IllegalArgumentException(
                    "nothing to plan: there are no two layers in a row, nor a transformer block, that could be in a"
                            + " container. Left: " + left
                            + (left.containsValue(Containable.CONTAINER)
                                    ? ". Plan for the network that it was before: Lean.restore, or convert --method plain"
                                    : ""));
        }
    }

    /** Of either kind of network. */
    static NetworkEdit<?> edit(Model net) {
        return net instanceof MultiLayerNetwork line ? new LineEdit(line) : new GraphEdit((ComputationGraph) net);
    }

    /** Of a network, which is not changed. */
    public static PlanUnits of(Model net) {
        return new PlanUnits(net);
    }

    /** Whether what a network computes in training depends on which examples are together. */
    public static boolean hasBatchNormalization(Model net) {
        return Arrays.stream(Networks.layers(net))
                .map(layer -> layer.conf().getLayer())
                .flatMap(layer -> layer instanceof ContainerLayer container
                        ? Settings.leaves(container).stream()
                        : Stream.of(Wrappers.thawed(layer)))
                .anyMatch(layer -> layer instanceof BatchNormalization
                        && !(layer instanceof InPlaceBatchNorm own && own.isFrozenStatistics()));
    }

    /** In forward order. */
    public List<Unit> units() {
        return units;
    }

    /** What networks of layers in a line call their input and their layers, in order. */
    public List<String> line() {
        List<String> line = new ArrayList<>(graph.conf().getNetworkInputs());
        line.addAll(graph.conf().getVertices().keySet());
        return line;
    }

    @Override
    public int size() {
        return units.size();
    }

    @Override
    public String name(int unit) {
        return units.get(unit).name();
    }

    @Override
    public List<String> members(int unit) {
        return units.get(unit).members();
    }

    @Override
    public boolean isValueFirst() {
        return false;
    }

    private PlanGroup group(int unit) {
        return groups.get(units.get(unit).run());
    }

    private int start(int unit) {
        return starts.get(units.get(unit).run());
    }

    private boolean isOneRun(int from, int to) {
        return units.get(from).run() == units.get(to - 1).run();
    }

    /** The same for units that are alike but for names and parameters. */
    public String key(int unit) {
        NeuralNetConfiguration conf = new NeuralNetConfiguration();
        conf.setLayer(made(unit, Memory.store()).get(0));
        return conf.toJson() + units.get(unit).first() + units.get(unit).last();
    }

    /** The answers that there are for a unit by itself. */
    public List<Answer> answers(int unit) {
        return group(unit).answers(unit - start(unit));
    }

    @Override
    public boolean canCheckpoint(int from, int to) {
        return isOneRun(from, to) && group(from).canCheckpoint(from - start(from), to - start(from));
    }

    /** What two units or more, [from, to), are as reversible ones; null if they cannot. */
    public Exactness reversible(int from, int to) {
        return isOneRun(from, to) ? group(from).reversible(from - start(from), to - start(from)) : null;
    }

    @Override
    public Exactness exactness(int unit, Answer answer) {
        return group(unit).exactness(answer);
    }

    /** As {@link PlanGroup#isBetweenStreams}. */
    public boolean isBetweenStreams(int from, int to) {
        return group(from).isBetweenStreams(from - start(from), to - start(from));
    }

    /** As {@link PlanGroup#made}: one of the unit, and three in a row if it is part of a layer. */
    public List<ContainerLayer> made(int unit, Memory memory) {
        return group(unit).made(unit - start(unit), memory);
    }

    /** The same for units [from, to) that are reversible: as the memory says, or as the chain says that they are in. */
    public ReversibleChain chain(int from, int to, Memory memory) {
        return group(from).chain(from - start(from), to - start(from), memory);
    }

    @Override
    public Model apply(List<Assigned> assigned) {
        assigned.forEach(this::check);
        return Converter.outside(() -> apply(edit(net), assigned));
    }

    private <N extends Model> N apply(NetworkEdit<N> fresh, List<Assigned> assigned) {
        GraphIndex index = new GraphIndex(fresh.conf());
        List<Planned> planned = new ArrayList<>();
        for (int i = 0; i < groups.size(); i++) {
            int start = starts.get(i);
            int group = i;
            planned.add(groups.get(i)
                    .planned(assigned.stream()
                            .filter(a -> units.get(a.from()).run() == group)
                            .map(a -> new Assigned(a.from() - start, a.to() - start, a.memory()))
                            .toList()));
        }
        Converter.assemble(fresh, index, planned, (unit, built) -> {});
        N made = fresh.finish();
        fresh.carryUpdater(made);
        return made;
    }

    private void check(Assigned a) {
        boolean together =
                switch (a.memory().kind()) {
                    case REVERSIBLE -> a.to() - a.from() == 1
                            ? answers(a.from()).contains(Answer.REVERSIBLE)
                            : reversible(a.from(), a.to()) != null;
                    case CHECKPOINT -> canCheckpoint(a.from(), a.to());
                    default -> a.to() - a.from() == 1;
                };
        if (!together) {
            throw new IllegalArgumentException("units are kept together if they are in one run and checkpointed, or"
                    + " blocks of one chain and reversible; units " + a.from() + " to " + (a.to() - 1)
                    + " cannot be, by "
                    + a.memory());
        }
    }
}
