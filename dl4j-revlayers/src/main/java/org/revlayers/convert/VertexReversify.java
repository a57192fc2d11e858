package org.revlayers.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.chain.ReversibleChain;

/** {@link Reversify} for a {@link ComputationGraph}: rows of residual blocks become chains, and back. */
final class VertexReversify {

    private final ComputationGraph source;
    private final ComputationGraphConfiguration conf;
    private final Map<String, GraphVertex> vertices = new LinkedHashMap<>();
    private final Map<String, List<String>> inputs = new LinkedHashMap<>();

    /** New names of vertices by old ones, for readers and network outputs. */
    private final Map<String, String> renamed = new HashMap<>();

    /** Where the source's parameters go, by {@code vertex/name}, if they move. */
    private final Map<String, String> moves = new HashMap<>();

    private final List<ReversifyReport.Chain> chains = new ArrayList<>();

    private VertexReversify(ComputationGraph source) {
        this.source = source;
        this.conf = source.getConfiguration().clone();
    }

    static ReversifyResult<ComputationGraph> convert(ComputationGraph net, ReversifyOptions options) {
        return new VertexReversify(net).convert(options);
    }

    static ComputationGraph restore(ComputationGraph net) {
        return new VertexReversify(net).restore();
    }

    private ReversifyResult<ComputationGraph> convert(ReversifyOptions options) {
        if (conf.getBackpropType() == BackpropType.TruncatedBPTT) {
            throw new IllegalArgumentException("nothing to convert: chains do not do truncated back-propagation through"
                    + " time: set BackpropType.Standard");
        }
        GraphIndex graph = new GraphIndex(conf);
        ResidualBlocks.Found found =
                ResidualBlocks.find(graph, options.getExcept(), Math.max(1, options.getMinimumBlocks()));
        if (found.rows().isEmpty()) {
            throw new IllegalArgumentException("nothing to convert: the graph has no row of at least "
                    + options.getMinimumBlocks() + " residual blocks that could become a chain. Left: "
                    + (found.left().isEmpty() ? "no vertex adds two inputs" : found.left()));
        }
        Map<String, List<ResidualBlock>> rowOf = new HashMap<>();
        found.rows().forEach(row -> row.forEach(block -> block.vertices().forEach(vertex -> rowOf.put(vertex, row))));
        for (Map.Entry<String, GraphVertex> vertex : conf.getVertices().entrySet()) {
            List<ResidualBlock> row = rowOf.get(vertex.getKey());
            if (row == null) {
                keep(vertex.getKey(), vertex.getValue());
            } else if (vertex.getKey().equals(row.get(0).path().get(0))) {
                chain(graph, row, options);
            }
        }
        ComputationGraph net = finish();
        String updater = carryUpdater(net);
        List<ReversifyReport.Left> left = new ArrayList<>();
        found.left().forEach((name, reason) -> left.add(new ReversifyReport.Left(name, reason)));
        ReversifyReport report =
                new ReversifyReport(chains, left, updater, Comparisons.of(source, net, options.getSample()));
        return new ReversifyResult<>(net, report);
    }

    private void keep(String name, GraphVertex vertex) {
        vertices.put(name, vertex);
        inputs.put(name, conf.getVertexInputs().get(name));
    }

    private void chain(GraphIndex graph, List<ResidualBlock> row, ReversifyOptions options) {
        ResidualBlock first = row.get(0);
        String output = row.get(row.size() - 1).output();
        String name = name(graph, output);
        ReversibleChain chain = new BlockRow(graph, row).chain(name, options);
        vertices.put(name, vertex(chain, (LayerVertex) graph.vertex(first.path().get(0))));
        inputs.put(name, List.of(first.source()));
        renamed.put(output, name);
        parameters(chain, (vertex, prefix) -> move(vertex, "", name, prefix));
        chains.add(new ReversifyReport.Chain(
                name, chain.getVertices(), chain.getSubBlocks().size()));
    }

    /** The name of a chain; a network output keeps its own. */
    private String name(GraphIndex graph, String output) {
        if (graph.isOutput(output)) {
            return output;
        }
        int i = chains.size() + 1;
        while (conf.getVertices().containsKey("chain" + i)
                || conf.getNetworkInputs().contains("chain" + i)
                || vertices.containsKey("chain" + i)) {
            i++;
        }
        return "chain" + i;
    }

    private static LayerVertex vertex(Layer layer, LayerVertex like) {
        NeuralNetConfiguration conf = like.getLayerConf().clone();
        conf.setLayer(layer);
        conf.clearVariables();
        return new LayerVertex(conf, null);
    }

    /** Something to do for each layer of a chain: the vertex that it was or will be, and how its parameters' names begin in the chain. */
    private interface Parameters {
        void of(String vertex, String prefix);
    }

    private static void parameters(ReversibleChain chain, Parameters action) {
        List<String> names = new ArrayList<>(chain.getVertices());
        int at = 0;
        for (var block : chain.getSubBlocks()) {
            at += block.getEntry().size() + block.getFunction().size();
            names.remove(at);
        }
        int i = 0;
        for (String prefix : chain.innerLayers().keySet()) {
            action.of(names.get(i++), prefix);
        }
    }

    /** Notes where the parameters of one layer go, names beginning with {@code before} before and with {@code after} after. */
    private void move(String from, String before, String to, String after) {
        source.getLayer(from).paramTable().keySet().stream()
                .filter(p -> p.startsWith(before))
                .forEach(p -> moves.put(from + "/" + p, to + "/" + after + p.substring(before.length())));
    }

    /** The network with the source's parameters. */
    private ComputationGraph finish() {
        inputs.replaceAll((vertex, names) ->
                names.stream().map(n -> renamed.getOrDefault(n, n)).toList());
        conf.setNetworkOutputs(conf.getNetworkOutputs().stream()
                .map(n -> renamed.getOrDefault(n, n))
                .toList());
        conf.setVertices(vertices);
        conf.setVertexInputs(inputs);
        conf.setIterationCount(source.getConfiguration().getIterationCount());
        conf.setEpochCount(source.getConfiguration().getEpochCount());
        ComputationGraph net = new ComputationGraph(conf);
        net.init(Nd4j.create(conf.getDataType(), 1, source.numParams()), false);
        for (org.deeplearning4j.nn.graph.vertex.GraphVertex vertex : source.getVertices()) {
            for (Map.Entry<String, INDArray> p : vertex.paramTable(false).entrySet()) {
                String from = vertex.getVertexName() + "/" + p.getKey();
                String to = moves.getOrDefault(from, from);
                int slash = to.lastIndexOf('/');
                net.getVertex(to.substring(0, slash))
                        .paramTable(false)
                        .get(to.substring(slash + 1))
                        .assign(p.getValue());
            }
        }
        return net;
    }

    private String carryUpdater(ComputationGraph net) {
        return UpdaterStates.copy(source.getUpdater(false), net.getUpdater(), name -> moves.getOrDefault(name, name));
    }

    private ComputationGraph restore() {
        for (Map.Entry<String, GraphVertex> vertex : conf.getVertices().entrySet()) {
            if (vertex.getValue() instanceof LayerVertex v
                    && v.getLayerConf().getLayer() instanceof ReversibleChain chain
                    && !chain.getVertices().isEmpty()) {
                unchain(vertex.getKey(), v, chain);
            } else {
                keep(vertex.getKey(), vertex.getValue());
            }
        }
        if (chains.isEmpty()) {
            throw new IllegalArgumentException(
                    "nothing to restore: the graph has no chain that Reversify.convert has made");
        }
        ComputationGraph plain = finish();
        carryUpdater(plain);
        return plain;
    }

    private void unchain(String name, LayerVertex vertex, ReversibleChain chain) {
        parameters(chain, (to, prefix) -> move(name, prefix, to, ""));
        String at = conf.getVertexInputs().get(name).get(0);
        var names = chain.getVertices().iterator();
        for (var block : chain.getSubBlocks()) {
            at = layers(block.getEntry(), vertex, names, at);
            String end = layers(block.getFunction(), vertex, names, at);
            String addition = names.next();
            vertices.put(addition, new ElementWiseVertex(ElementWiseVertex.Op.Add));
            inputs.put(addition, List.of(end, at));
            at = addition;
        }
        at = layers(chain.getExit(), vertex, names, at);
        renamed.put(name, at);
        chains.add(new ReversifyReport.Chain(
                name, chain.getVertices(), chain.getSubBlocks().size()));
    }

    /** Puts layers one behind another; returns the last name. */
    private String layers(List<Layer> layers, LayerVertex like, java.util.Iterator<String> names, String source) {
        String at = source;
        for (Layer layer : layers) {
            String name = names.next();
            layer.setLayerName(name);
            vertices.put(name, vertex(layer, like));
            inputs.put(name, List.of(at));
            at = name;
        }
        return at;
    }
}
