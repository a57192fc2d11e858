package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.SubBlock;
import org.revlayers.convert.ConversionReport;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.keep.Memory;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.StreamMerge;

/**
 * A reversible chain that a network has: its units are the sub-blocks, each stored, checkpointed or rebuilt from the state behind it, and the function
 * stays (the two modes of reversible operators that M/C scheduling chooses between, ECCV 2020, and a third one). No state is rebuilt in a chain that comes to
 * β = 0 on its schedule: there it would keep what it keeps by CHECKPOINT.
 *
 * <p>Layers in front of the streams belong to the first unit: their output, and the gradient of it, which a network would hold, are alive while the other
 * ones run.
 */
final class ChainGroup implements PlanGroup {

    private final NetworkEdit<?> edit;
    private final GraphIndex graph;
    private final String vertex;
    private final ReversibleChain chain;
    private final boolean comesBack;

    private ChainGroup(NetworkEdit<?> edit, GraphIndex graph, String vertex, ReversibleChain chain) {
        this.edit = edit;
        this.graph = graph;
        this.vertex = vertex;
        this.chain = chain;
        comesBack = chain.getSchedule().table().rows().stream().noneMatch(row -> row.b() == 0);
    }

    /** All of a network's. */
    static List<ChainGroup> find(NetworkEdit<?> edit, GraphIndex graph) {
        List<ChainGroup> found = new ArrayList<>();
        for (String vertex : graph.conf().getVertices().keySet()) {
            Layer layer = graph.layer(vertex);
            if (layer instanceof ReversibleChain chain) {
                found.add(new ChainGroup(edit, graph, vertex, chain));
            }
        }
        return found;
    }

    String vertex() {
        return vertex;
    }

    @Override
    public List<PlanUnits.Unit> units(int number) {
        List<PlanUnits.Unit> units = new ArrayList<>();
        for (SubBlock block : chain.getSubBlocks()) {
            String name = edit.label(vertex) + "/" + block.getName();
            boolean atStart = units.isEmpty() || chain.getStem().isEmpty();
            units.add(new PlanUnits.Unit(
                    name,
                    List.of(name),
                    number,
                    atStart,
                    true,
                    graph.inputs(vertex).get(0),
                    graph.preProcessor(vertex),
                    atStart ? null : vertex));
        }
        return units;
    }

    @Override
    public List<Answer> answers(int unit) {
        return comesBack
                ? List.of(Answer.STORE, Answer.CHECKPOINT, Answer.REVERSIBLE)
                : List.of(Answer.STORE, Answer.CHECKPOINT);
    }

    @Override
    public Exactness exactness(Answer answer) {
        return Exactness.SAME_FUNCTION;
    }

    @Override
    public boolean canCheckpoint(int from, int to) {
        return to - from == 1;
    }

    @Override
    public Exactness reversible(int from, int to) {
        return to - from > 1 && comesBack ? Exactness.SAME_FUNCTION : null;
    }

    @Override
    public boolean isBetweenStreams(int from, int to) {
        return chain.getMerge() == StreamMerge.X_ONLY // of others a part alone has both from the beginning
                && to < chain.getSubBlocks().size()
                && (from > 0 || chain.getStem().isEmpty());
    }

    @Override
    public List<ContainerLayer> made(int unit, Memory memory) {
        ReversibleChain one = part(unit, unit + 1);
        SubBlock block = one.getSubBlocks().get(0);
        set(one, 0, 1, memory);
        block.setName("b");
        ReversibleChain three = one.clone();
        for (int i = 1; i <= 2; i++) {
            SubBlock more = one.clone().getSubBlocks().get(0);
            more.setName("b" + i);
            three.getSubBlocks().add(more);
        }
        return List.of(one, three);
    }

    @Override
    public ReversibleChain chain(int from, int to, Memory memory) {
        ReversibleChain made = part(from, to);
        set(made, 0, to - from, memory);
        return made;
    }

    private ReversibleChain part(int from, int to) {
        ReversibleChain part = chain.clone();
        int blocks = part.getSubBlocks().size();
        part.setLayerName("chain");
        part.setOrigin(new ArrayList<>());
        part.setVertices(new ArrayList<>());
        if (from > 0) {
            part.setStem(new ArrayList<>());
        }
        if (to < blocks) {
            part.setExit(new ArrayList<>());
        }
        part.setSubBlocks(new ArrayList<>(part.getSubBlocks().subList(from, to)));
        return part;
    }

    private static void set(ReversibleChain chain, int from, int to, Memory memory) {
        ChainMode mode =
                switch (memory.kind()) {
                    case STORE -> ChainMode.STORE;
                    case CHECKPOINT -> ChainMode.CHECKPOINT;
                    case REVERSIBLE -> ChainMode.REVERSE;
                    default -> throw new IllegalArgumentException(
                            "sub-blocks of a chain are stored, checkpointed or reversible, not " + memory);
                };
        chain.getSubBlocks().subList(from, to).forEach(block -> block.setMode(mode));
    }

    @Override
    public Planned planned(List<PlanUnits.Assigned> assigned) {
        return new Modes(vertex, assigned);
    }

    /** A chain that stays where it is, its sub-blocks with modes of their own. */
    private record Modes(String vertex, List<PlanUnits.Assigned> assigned) implements Planned {

        @Override
        public List<String> vertices() {
            return List.of(vertex);
        }

        @Override
        public String kind() {
            return ConversionReport.PLANNED;
        }

        @Override
        public Built build(NetworkEdit<?> edit, GraphIndex graph) {
            LayerVertex kept = (LayerVertex) graph.vertex(vertex);
            ReversibleChain chain =
                    (ReversibleChain) Wrappers.thawed(kept.getLayerConf().getLayer());
            assigned.forEach(a -> set(chain, a.from(), a.to(), a.memory()));
            edit.keep(vertex, kept);
            return new Built(edit.label(vertex), 0);
        }
    }
}
