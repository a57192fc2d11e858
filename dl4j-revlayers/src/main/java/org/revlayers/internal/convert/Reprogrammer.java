package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.ReprogramOptions;
import org.revlayers.convert.ReprogramReport;
import org.revlayers.convert.ReprogramReport.Role;
import org.revlayers.convert.Reprogrammed;
import org.revlayers.convert.Sample;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.keep.Memory;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;

/**
 * See {@link org.revlayers.Reprogram}.
 *
 * @param <N> the kind of network
 */
public final class Reprogrammer<N extends Model> {

    private final NetworkEdit<N> edit;
    private final GraphIndex graph;
    private final ReprogramOptions options;
    private final TokenDrops drops;

    /** For the report; null without. */
    private final Sample sample;

    /** Vertices of the blocks, in forward order. */
    private final List<String> blocks;

    private Reprogrammer(NetworkEdit<N> edit, ReprogramOptions options, Sample sample) {
        this.sample = sample;
        this.edit = edit;
        this.graph = new GraphIndex(edit.conf());
        this.options = options;
        this.blocks = graph.inOrder().stream()
                .filter(vertex -> TransformerRow.isBlock(graph.layer(vertex)))
                .toList();
        this.drops = new TokenDrops(graph, edit::label, blocks, options);
        check();
    }

    /** See {@link org.revlayers.Reprogram}. */
    public static Reprogrammed<MultiLayerNetwork> convert(
            MultiLayerNetwork net, ReprogramOptions options, Sample sample) {
        return Converter.outside(() -> new Reprogrammer<>(new LineEdit(net), options, sample)
                .convert((made, memory) -> Converter.convert(made, memory, null)));
    }

    /** See {@link org.revlayers.Reprogram}. */
    public static Reprogrammed<ComputationGraph> convert(
            ComputationGraph net, ReprogramOptions options, Sample sample) {
        return Converter.outside(() -> new Reprogrammer<>(new GraphEdit(net), options, sample)
                .convert((made, memory) -> Converter.convert(made, memory, null)));
    }

    private void check() {
        List<String> labels =
                graph.conf().getVertices().keySet().stream().map(edit::label).toList();
        labels.forEach(label -> require(
                labels.indexOf(label) == labels.lastIndexOf(label),
                "several layers are called \"" + label + "\": give each a name of its own"));
        graph.conf()
                .getVertices()
                .keySet()
                .forEach(
                        vertex -> require(
                                !hasBlocks(graph.layer(vertex)),
                                "\"" + edit.label(vertex)
                                        + "\" is a container of transformer blocks, which have no numbers in there: Lean.restore first, and convert what comes of this"));
        require(
                !options.getTrain().isEmpty(),
                "reprogramming trains one block at least: name it, as in train(3, 7, 11)");
        require(
                options.getKeep() > 0 && options.getKeep() <= 1,
                "a part of tokens to keep is in (0, 1]; got " + options.getKeep());
        for (List<Integer> numbers : List.of(options.getTrain(), options.getDropAt())) {
            for (int number : numbers) {
                require(
                        number >= 0 && number < blocks.size(),
                        "the network has " + blocks.size() + " transformer blocks, numbered from 0 on "
                                + blocks.stream().map(edit::label).toList() + "; got " + number);
            }
        }
        drops.check();
        if (sample != null) {
            Networks.check(sample, edit.source);
        }
    }

    private static boolean hasBlocks(Layer layer) {
        return Wrappers.thawed(layer) instanceof ContainerLayer container
                && (Settings.leaves(container).stream().anyMatch(TransformerBlock.class::isInstance)
                        || container instanceof ReversibleChain chain
                                && !TransformerRow.blocks(chain).isEmpty());
    }

    /** Whether a layer is the mean, or the sum, over tokens, in which a fused one counts as one unless it is told. */
    public static boolean isMean(Layer layer) {
        return layer instanceof TokenPooling pooling && pooling.getKind() == TokenPooling.Kind.MEAN
                || layer instanceof GlobalPoolingLayer global
                        && (global.getPoolingType() == PoolingType.AVG || global.getPoolingType() == PoolingType.SUM);
    }

    static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException(what);
        }
    }

    /** Of a network of this kind. */
    @FunctionalInterface
    private interface Conversions<N> {
        Conversion<N> of(N net, Memory memory);
    }

    private Reprogrammed<N> convert(Conversions<N> conversions) {
        Set<String> front = front();
        Map<String, ReprogramReport.Block> known = new HashMap<>();
        Set<String> still = new LinkedHashSet<>();
        Set<String> frozen = new LinkedHashSet<>();
        for (String vertex : graph.conf().getVertices().keySet()) {
            int number = blocks.indexOf(vertex);
            Role role = front.contains(vertex)
                    ? Role.FORWARD_ONLY
                    : number < 0 || options.getTrain().contains(number) ? Role.TRAINED : Role.FROZEN;
            put(edit, graph, vertex, layer -> programmed(vertex, layer, role));
            String label = edit.label(vertex);
            if (number >= 0) {
                TransformerBlock block = (TransformerBlock) Wrappers.thawed(graph.layer(vertex));
                known.put(vertex, new ReprogramReport.Block(label, role, block.getKeepTokens(), block.isFuseTokens()));
            }
            if (graph.isLayer(vertex) && role != Role.TRAINED) {
                (role == Role.FROZEN ? frozen : still).add(label);
            }
        }
        List<ReprogramReport.Block> rows = blocks.stream().map(known::get).toList();
        N net = edit.finish();
        edit.carryUpdater(net);
        ConversionReport memory = null;
        Memory how = options.getFrozen() == null ? Memory.checkpoint() : options.getFrozen();
        Set<String> contained = new LinkedHashSet<>(still);
        if (options.getFrozen() != null) {
            contained.addAll(frozen);
        }
        if (rows.stream().anyMatch(row -> contained.contains(row.name()))) {
            Conversion<N> lean = conversions.of(net, only(net, how, contained));
            net.close();
            net = lean.network();
            memory = lean.report();
        }
        List<String> others = new ArrayList<>(still);
        rows.forEach(row -> others.remove(row.name()));
        if (!still.isEmpty()) {
            N going = net;
            net = ended(edit.of(going), still);
            going.close(); // nobody else has it, and the collector does not see what it takes off the heap
        }
        String updater = UpdaterStates.left(Networks.updater(edit.source), Networks.updater(net));
        ReprogramReport.Kept kept = sample == null
                ? null
                : new ReprogramReport.Kept(
                        sample.batch(), PredictedKept.of(edit.source, sample), PredictedKept.of(net, sample));
        return new Reprogrammed<>(
                net, new ReprogramReport(rows, others, updater, memory, drops.patches(blocks.get(0)), kept));
    }

    /** A network that goes back no further than to what is behind these layers, alone or in containers. */
    private static <N extends Model> N ended(NetworkEdit<N> edit, Set<String> still) {
        GraphIndex graph = new GraphIndex(edit.conf());
        graph.conf()
                .getVertices()
                .keySet()
                .forEach(vertex -> put(edit, graph, vertex, layer -> {
                    List<String> names = layer instanceof ContainerLayer
                            ? List.copyOf(Members.names(layer))
                            : List.of(edit.label(vertex));
                    if (!still.containsAll(names)) {
                        return layer;
                    }
                    Layer ended = new FrozenLayer(layer instanceof ContainerLayer ? layer : Wrappers.thawed(layer));
                    ended.setLayerName(layer.getLayerName());
                    return ended;
                }));
        N net = edit.finish();
        edit.carryUpdater(net);
        return net;
    }

    /** Puts a vertex as it is, but for its layer. */
    static void put(NetworkEdit<?> edit, GraphIndex graph, String vertex, UnaryOperator<Layer> change) {
        if (graph.vertex(vertex) instanceof LayerVertex of) {
            NeuralNetConfiguration conf = of.getLayerConf();
            conf.setLayer(change.apply(conf.getLayer()));
            conf.clearVariables();
        }
        edit.keep(vertex, graph.vertex(vertex));
    }

    private Layer programmed(String vertex, Layer layer, Role role) {
        Layer thawed = Wrappers.thawed(layer);
        drops.set(vertex, thawed);
        if (role == Role.TRAINED) {
            return thawed instanceof TransformerBlock ? thawed : layer;
        }
        Layer frozen = new FrozenLayerWithBackprop(thawed);
        frozen.setLayerName(layer.getLayerName());
        return frozen;
    }

    /** A memory for these layers, and no others. */
    private static <N extends Model> Memory only(N net, Memory memory, Set<String> layers) {
        String[] others = Stream.of(Networks.layers(net))
                .map(layer -> layer.conf().getLayer().getLayerName())
                .filter(name -> !layers.contains(name))
                .distinct()
                .toArray(String[]::new);
        return memory.except(others);
    }

    /** What blocks are computed from, and blocks, in front of which nothing is trained. */
    private Set<String> front() {
        Set<String> trained = new HashSet<>();
        options.getTrain().forEach(number -> trained.add(blocks.get(number)));
        Set<String> candidates = new LinkedHashSet<>();
        blocks.forEach(block -> graph.collectBefore(block, candidates));
        candidates.removeIf(vertex -> {
            Set<String> own = new HashSet<>();
            graph.collectBefore(vertex, own);
            return own.stream().anyMatch(trained::contains);
        });
        return candidates;
    }
}
