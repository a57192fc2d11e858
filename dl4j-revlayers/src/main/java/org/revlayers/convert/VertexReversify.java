package org.revlayers.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.SubBlock;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.LayerSequence;
import org.revlayers.container.ResidualUnit;
import org.revlayers.contract.Wrappers;

/** {@link Reversify} for a {@link ComputationGraph}: rows of residual blocks and of transformer blocks become chains, and back. */
final class VertexReversify {

    private final ComputationGraph source;
    private final GraphEdit edit;
    private final ComputationGraphConfiguration conf;
    private final List<ReversifyReport.Chain> chains = new ArrayList<>();
    private final List<ReversifyReport.Checkpointed> checkpointed = new ArrayList<>();

    private VertexReversify(ComputationGraph source) {
        this.source = source;
        this.edit = new GraphEdit(source);
        this.conf = edit.conf();
    }

    static ReversifyResult<ComputationGraph> convert(ComputationGraph net, ReversifyOptions options) {
        return new VertexReversify(net).convert(options);
    }

    static ComputationGraph restore(ComputationGraph net) {
        return new VertexReversify(net).restore();
    }

    private ReversifyResult<ComputationGraph> convert(ReversifyOptions options) {
        Containable.check(conf.getBackpropType());
        KnownNames.check("except", options.getExcept(), conf.getVertices().keySet());
        GraphIndex graph = new GraphIndex(conf);
        ResidualBlocks.Found found = ResidualBlocks.find(
                graph,
                options.getExcept(),
                Math.max(1, options.getMinimumBlocks()),
                options.getSchedule().hasMomentum());
        Map<String, Runnable> starts = new HashMap<>();
        Set<String> inside = new HashSet<>();
        for (List<ResidualBlock> row : found.rows()) {
            row.forEach(block -> inside.addAll(block.vertices()));
            starts.put(row.get(0).path().get(0), () -> chain(graph, row, options));
        }
        VertexRows.Found transformers = VertexRows.find(graph, Set.copyOf(inside), options);
        for (VertexRows.Row row : transformers.rows()) {
            inside.addAll(row.vertices());
            starts.put(row.vertices().get(0), () -> report(new VertexRows(edit).contain(graph, row, options)));
        }
        Map<String, String> reasons = new LinkedHashMap<>(found.left());
        reasons.putAll(transformers.left());
        if (inside.isEmpty()) {
            throw new IllegalArgumentException("nothing to convert: the graph has no row of at least "
                    + options.getMinimumBlocks() + " residual blocks that could become a chain. Left: "
                    + (reasons.isEmpty() ? "no vertex adds two inputs or is a transformer block" : reasons));
        }
        for (Run run : rest(graph, inside, options)) {
            inside.addAll(run.vertices());
            starts.put(run.vertices().get(0), () -> checkpoint(graph, run));
        }
        for (Map.Entry<String, GraphVertex> vertex : conf.getVertices().entrySet()) {
            if (starts.containsKey(vertex.getKey())) {
                starts.get(vertex.getKey()).run();
            } else if (!inside.contains(vertex.getKey())) {
                edit.keep(vertex.getKey(), vertex.getValue());
            }
        }
        ComputationGraph net = edit.finish();
        String updater = edit.carryUpdater(net);
        List<ReversifyReport.Left> left = new ArrayList<>();
        reasons.forEach((name, reason) -> {
            if (!inside.contains(name)) {
                left.add(new ReversifyReport.Left(name, reason));
            }
        });
        ReversifyReport report = new ReversifyReport(
                chains,
                checkpointed,
                left,
                updater,
                Comparisons.of(source, net, Sample.of(source, options.getSample(), options.getSampleTypes())));
        return new ReversifyResult<>(net, report);
    }

    /** What is worth a sequence of its own, of the vertices that are in no chain. */
    private static List<Run> rest(GraphIndex graph, Set<String> inChains, ReversifyOptions options) {
        if (options.getRest() == RestMode.STORE) {
            return List.of();
        }
        Set<String> stay = new HashSet<>(options.getExcept());
        stay.addAll(inChains);
        return GraphRuns.find(graph, stay).runs().stream()
                .flatMap(run -> run.byUnit().stream())
                .filter(run -> run.isWorthAContainer(graph))
                .toList();
    }

    private void checkpoint(GraphIndex graph, Run run) {
        LayerSequence sequence =
                new Sequences(edit).contain(graph, run, "rest", names -> new CheckpointSequence.Builder().build());
        checkpointed.add(new ReversifyReport.Checkpointed(sequence.getLayerName(), run.vertices()));
    }

    private void chain(GraphIndex graph, List<ResidualBlock> row, ReversifyOptions options) {
        ResidualBlock first = row.get(0);
        String output = row.get(row.size() - 1).output();
        String name = edit.name(graph, output, "chain");
        ReversibleChain chain = new BlockRow(graph, row).chain(name, options);
        Settings.lift(chain);
        edit.put(name, chain, graph.firstLayer(first.path()), first.source());
        edit.rename(output, name);
        parameters(chain, (vertex, prefix) -> edit.move(vertex, "", name, prefix));
        report(chain);
    }

    private void report(ReversibleChain chain) {
        chains.add(new ReversifyReport.Chain(
                chain.getLayerName(), chain.getVertices(), chain.getSubBlocks().size()));
    }

    /** Something to do for each layer of a chain: the vertex that it was or will be, and how its parameters' names begin in the chain. */
    private interface Parameters {
        void of(String vertex, String prefix);
    }

    private static void parameters(ReversibleChain chain, Parameters action) {
        Iterator<String> names = chain.getVertices().iterator();
        Iterator<String> prefixes = chain.innerLayers().keySet().iterator();
        for (SubBlock block : chain.getSubBlocks()) {
            ResidualUnit unit = unit(block);
            int plain = block.getEntry().size()
                    + (unit == null ? block.getFunction().size() : 0);
            for (int i = 0; i < plain; i++) {
                action.of(names.next(), prefixes.next());
            }
            if (unit != null) {
                String prefix = prefixes.next();
                unit.innerLayers().keySet().forEach(inside -> action.of(names.next(), prefix + inside));
            }
            names.next(); // the addition
        }
        names.forEachRemaining(name -> action.of(name, prefixes.next()));
    }

    /** The sum that a sub-block is made of whose shortcut was not its source as it is; null if it was. */
    private static ResidualUnit unit(SubBlock block) {
        return !block.isResidual() && block.getFunction().get(0) instanceof ResidualUnit unit ? unit : null;
    }

    private ComputationGraph restore() {
        for (Map.Entry<String, GraphVertex> vertex : conf.getVertices().entrySet()) {
            if (vertex.getValue() instanceof LayerVertex v
                    && Wrappers.thawed(v.getLayerConf().getLayer()) instanceof ReversibleChain chain
                    && !chain.getVertices().isEmpty()) {
                String from = conf.getVertexInputs().get(vertex.getKey()).get(0);
                edit.wrappingLike(v.getLayerConf().getLayer(), () -> {
                    if (chain.getOrigin().isEmpty()) {
                        unchain(vertex.getKey(), v, chain, from);
                    } else {
                        new VertexRows(edit).release(vertex.getKey(), v, chain, from);
                    }
                });
                report(chain);
            } else if (vertex.getValue() instanceof LayerVertex v
                    && Wrappers.thawed(v.getLayerConf().getLayer()) instanceof CheckpointSequence rest
                    && !rest.getVertices().isEmpty()) {
                String from = conf.getVertexInputs().get(vertex.getKey()).get(0);
                edit.wrappingLike(
                        v.getLayerConf().getLayer(), () -> new Sequences(edit).release(vertex.getKey(), v, rest, from));
            } else {
                edit.keep(vertex.getKey(), vertex.getValue());
            }
        }
        if (chains.isEmpty()) {
            throw new IllegalArgumentException(
                    "nothing to restore: the graph has no chain that Reversify.convert has made");
        }
        ComputationGraph plain = edit.finish();
        edit.carryUpdater(plain);
        return plain;
    }

    private void unchain(String name, LayerVertex vertex, ReversibleChain chain, String source) {
        Settings.handDown(chain);
        parameters(chain, (to, prefix) -> edit.move(name, prefix, to, ""));
        String at = source;
        var names = chain.getVertices().iterator();
        for (var block : chain.getSubBlocks()) {
            at = layers(block.getEntry(), vertex, names, at);
            ResidualUnit unit = unit(block);
            String end = layers(unit == null ? block.getFunction() : unit.getMain(), vertex, names, at);
            String shortcut = unit == null ? at : layers(unit.getShortcut(), vertex, names, at);
            String addition = names.next();
            edit.put(addition, new ElementWiseVertex(ElementWiseVertex.Op.Add), List.of(end, shortcut));
            at = addition;
        }
        at = layers(chain.getExit(), vertex, names, at);
        edit.rename(name, at);
    }

    /** Puts layers one behind another; returns the last name. */
    private String layers(List<Layer> layers, LayerVertex like, Iterator<String> names, String source) {
        String at = source;
        for (Layer layer : layers) {
            String name = names.next();
            layer.setLayerName(name);
            edit.put(name, layer, like, at);
            at = name;
        }
        return at;
    }
}
