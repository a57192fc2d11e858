package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.revlayers.keep.Memory;

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
 * <p>Outputs are equal but for rounding; so are gradients with respect to the input unless activations are kept in 2 bits too.
 * Training then differs a little: a merged matrix is one parameter, and weight decay sees it. The new network has a fresh updater; the
 * plain one is left untouched. Dropout in front of a merged linear layer drops z instead of z·gamma + beta. Frozen and wrapped layers are
 * not converted. Source: arXiv 2406.16282, section on MS-BP.
 */
final class SharedNorms<N extends Model> {

    /** What a report says of the updater. */
    static final String UPDATER = "fresh, for merged matrices are other parameters";

    private final NetworkEdit<N> edit;
    private final GraphIndex graph;
    private final Map<String, Memory> choices;

    /** @param choices the vertices whose norms are to share, and what their layers keep */
    SharedNorms(NetworkEdit<N> edit, Map<String, Memory> choices) {
        this.edit = edit;
        this.graph = new GraphIndex(edit.conf());
        this.choices = choices;
    }

    /**
     * Converts a network; a norm may have several readers.
     *
     * @throws IllegalArgumentException when a norm's reader cannot take its gamma and beta
     */
    N convert() {
        List<Node> nodes = nodes();
        Map<Node, Object> layers = new HashMap<>();
        nodes.forEach(node -> layers.put(node, node.layer));
        new NormMerger(node -> choices.get(node.name)).convert(nodes);
        for (Node node : nodes) {
            if (node.layer != null) {
                NeuralNetConfiguration conf = ((LayerVertex) graph.vertex(node.name)).getLayerConf();
                if (layers.get(node) != node.layer) {
                    conf.setLayer(node.layer);
                }
                conf.clearVariables();
                edit.write(node.name, node.params);
            }
        }
        graph.conf().getVertices().forEach(edit::keep);
        return edit.finish();
    }

    private List<Node> nodes() {
        Map<String, Node> byName = new HashMap<>();
        List<Node> nodes = new ArrayList<>();
        for (String name : graph.inOrder()) {
            boolean output = graph.isOutput(name);
            Node node = graph.isLayer(name)
                    ? new Node(name, graph.layer(name), edit.parameters(name), output, graph.preProcessor(name) != null)
                    : new Node(name, null, Map.of(), output, false);
            for (String input : graph.inputs(name)) {
                if (byName.containsKey(input)) {
                    byName.get(input).readers.add(node);
                }
            }
            byName.put(name, node);
            nodes.add(node);
        }
        return nodes;
    }
}
