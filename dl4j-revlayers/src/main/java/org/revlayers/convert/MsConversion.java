package org.revlayers.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lombok.AccessLevel;
import lombok.Builder;
import lombok.NoArgsConstructor;
import lombok.Value;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.memory.IdleWorkspaces;

/**
 * Turns a plain network into one with memory-sharing norms (MS-BP) that computes the same: the gamma and beta of every norm are merged,
 * in double precision, into the linear layers that read it ({@code W'[j,:] = gamma_j·W[j,:], b' = b + beta·W}).
 *
 * <ul>
 *   <li>{@code TransformerBlock}, pre-LN: norm1 into q, k, v; norm2 into the MLP.
 *   <li>{@code TransformerBlock}, post-LN: norm1 into the MLP, norm2 into the next block's q, k, v; both stay as parameters of the
 *       residual path. The last block of a row keeps norm2's on its output.
 *   <li>{@code LayerNormalization}: into the dense, output, attention or MLP layers or the post-LN block behind it, also through a {@code
 *       TokenPooling}.
 * </ul>
 *
 * <pre>{@code
 * MultiLayerNetwork efficient = MsConversion.toMemorySharing(plain);
 * MultiLayerNetwork codes = MsConversion.toMemorySharing(plain, MsConversion.Options.approx());
 * }</pre>
 *
 * <p>Outputs are equal but for rounding; so are gradients with respect to the input unless {@link ActivationMemory#TWO_BIT} is asked for.
 * Training then differs a little: a merged matrix is one parameter, and weight decay sees it. The new network has a fresh updater; the
 * plain one is left untouched. Dropout in front of a merged linear layer drops z instead of z·gamma + beta. Frozen and wrapped layers are
 * not converted. Source: arXiv 2406.16282, section on MS-BP.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class MsConversion {

    /** What to convert beside the norms. */
    @Value
    @Builder
    public static class Options {

        /** What the MLPs keep from now on; null leaves them as they are. */
        ActivationMemory activationMemory;

        /** Names of layers that stay as they are. */
        @Builder.Default
        Set<String> except = Set.of();

        /** Approx-BP and MS-BP together: {@code Memory.approx()}. */
        public static Options approx() {
            return builder().activationMemory(ActivationMemory.TWO_BIT).build();
        }
    }

    /** Converts the norms only. */
    public static MultiLayerNetwork toMemorySharing(MultiLayerNetwork plain) {
        return toMemorySharing(plain, Options.builder().build());
    }

    /**
     * Converts a network.
     *
     * @throws IllegalArgumentException when there is nothing to convert, or a norm's reader cannot take its gamma and beta
     */
    @SuppressWarnings("try") // the scope is used by being open
    public static MultiLayerNetwork toMemorySharing(MultiLayerNetwork plain, Options options) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            Initialized.check(plain);
            MultiLayerConfiguration conf = plain.getLayerWiseConfigurations().clone();
            List<Node> nodes = new ArrayList<>();
            for (int i = 0; i < conf.getConfs().size(); i++) {
                Layer layer = conf.getConf(i).getLayer();
                String name = layer.getLayerName() == null ? "layer " + i : layer.getLayerName();
                boolean last = i == conf.getConfs().size() - 1;
                Node node =
                        new Node(name, layer, plain.getLayer(i).paramTable(), last, conf.getInputPreProcess(i) != null);
                if (i > 0) {
                    nodes.get(i - 1).readers.add(node);
                }
                nodes.add(node);
            }
            checkNames(options, nodes);
            new NormMerger(options).convert(nodes);
            for (int i = 0; i < nodes.size(); i++) {
                replace(conf.getConf(i), nodes.get(i));
            }
            MultiLayerNetwork net = new MultiLayerNetwork(conf);
            net.init();
            for (int i = 0; i < nodes.size(); i++) {
                write(nodes.get(i), net.getLayer(i).paramTable());
            }
            return net;
        } finally {
            IdleWorkspaces.free();
        }
    }

    /** Converts the norms only. */
    public static ComputationGraph toMemorySharing(ComputationGraph plain) {
        return toMemorySharing(plain, Options.builder().build());
    }

    /**
     * Converts a graph; a norm may have several readers.
     *
     * @throws IllegalArgumentException as for a network
     */
    @SuppressWarnings("try") // the scope is used by being open
    public static ComputationGraph toMemorySharing(ComputationGraph plain, Options options) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            Initialized.check(plain);
            ComputationGraphConfiguration conf = plain.getConfiguration().clone();
            Map<String, Node> byName = new HashMap<>();
            List<Node> nodes = new ArrayList<>();
            for (int index : plain.topologicalSortOrder()) {
                String name = plain.getVertices()[index].getVertexName();
                boolean output = conf.getNetworkOutputs().contains(name);
                Node node = conf.getVertices().get(name) instanceof LayerVertex v
                        ? new Node(
                                name,
                                v.getLayerConf().getLayer(),
                                plain.getLayer(name).paramTable(),
                                output,
                                v.getPreProcessor() != null)
                        : new Node(name, null, Map.of(), output, false);
                for (String input : conf.getVertexInputs().getOrDefault(name, List.of())) {
                    byName.get(input).readers.add(node);
                }
                byName.put(name, node);
                nodes.add(node);
            }
            checkNames(options, nodes);
            new NormMerger(options).convert(nodes);
            nodes.removeIf(n -> n.layer == null);
            for (Node node : nodes) {
                replace(((LayerVertex) conf.getVertices().get(node.name)).getLayerConf(), node);
            }
            ComputationGraph graph = new ComputationGraph(conf);
            graph.init();
            nodes.forEach(node -> write(node, graph.getLayer(node.name).paramTable()));
            return graph;
        } finally {
            IdleWorkspaces.free();
        }
    }

    private static void checkNames(Options options, List<Node> nodes) {
        KnownNames.check(
                "except", options.getExcept(), nodes.stream().map(n -> n.name).toList());
    }

    private static void replace(NeuralNetConfiguration conf, Node node) {
        if (conf.getLayer() != node.layer) {
            conf.setLayer(node.layer);
            conf.clearVariables();
        }
    }

    private static void write(Node node, Map<String, INDArray> params) {
        if (!params.keySet().equals(node.params.keySet())) {
            throw new IllegalStateException(node + " must have the parameters " + node.params.keySet()
                    + " after conversion; it has " + params.keySet());
        }
        params.forEach((name, value) -> value.assign(node.params.get(name).reshape(value.shape())));
    }
}
