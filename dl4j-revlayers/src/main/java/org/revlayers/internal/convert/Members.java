package org.revlayers.internal.convert;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.container.ResidualUnit;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.container.LayerSequence;
import org.revlayers.internal.contract.Wrappers;

/** Layers by the names that they had before a conversion. */
public final class Members {

    private final Model net;

    /**
     * @param net converted or not
     * @throws IllegalArgumentException if it has no parameters yet
     */
    public Members(Model net) {
        Initialized.check(net);
        this.net = net;
    }

    /**
     * A layer's configuration: the one that runs, but for a transformer block in a chain, which is there as two sub-blocks: then the block's own.
     *
     * @throws IllegalArgumentException if no layer is or was called so
     */
    public Layer layer(String name) {
        for (org.deeplearning4j.nn.api.Layer layer : Networks.layers(net)) {
            Layer conf = layer.conf().getLayer();
            if (name.equals(conf.getLayerName())) {
                return conf;
            }
        }
        for (org.deeplearning4j.nn.api.Layer layer : Networks.layers(net)) {
            Layer found = inside(layer.conf().getLayer()).get(name);
            if (found != null) {
                return found;
            }
        }
        throw unknown(name);
    }

    /**
     * A layer's parameters by their own names: the arrays that are trained.
     *
     * @throws IllegalArgumentException if no layer is or was called so
     */
    public Map<String, INDArray> parameters(String name) {
        for (org.deeplearning4j.nn.api.Layer layer : Networks.layers(net)) {
            if (name.equals(layer.conf().getLayer().getLayerName())) {
                return layer.paramTable();
            }
        }
        for (org.deeplearning4j.nn.api.Layer layer : Networks.layers(net)) {
            if (inside(layer.conf().getLayer()).containsKey(name)) {
                return parameters(layer, name);
            }
        }
        throw unknown(name);
    }

    /** What a container that a conversion has made was made of, by the names that there were; empty for other layers. */
    static List<String> names(Layer layer) {
        Layer thawed = Wrappers.thawed(layer);
        if (thawed instanceof LayerSequence sequence) {
            return sequence.getVertices();
        }
        if (!(thawed instanceof ReversibleChain chain)) {
            return List.of();
        }
        return chain.getVertices().isEmpty()
                ? chain.getOrigin().stream().map(Layer::getLayerName).toList()
                : chain.getVertices();
    }

    private static IllegalArgumentException unknown(String name) {
        return new IllegalArgumentException("no layer is or was called \"" + name
                + "\" in this network: ask for one by the name that it had before the conversion");
    }

    private static Map<String, Layer> inside(Layer layer) {
        Map<String, Layer> inside = new LinkedHashMap<>();
        Layer thawed = Wrappers.thawed(layer);
        if (!(thawed instanceof ContainerLayer container) || !Restorer.isMade(thawed)) {
            return inside;
        }
        chains("", container).forEach((prefix, chain) -> {
            for (int i = 0; i < chain.getOrigin().size(); i++) {
                Layer origin = chain.getOrigin().get(i);
                boolean runs = i < chain.getStem().size(); // in front of the blocks, one by one
                inside.put(origin.getLayerName(), runs ? chain.getStem().get(i) : origin);
            }
        });
        prefixes(container).forEach((name, prefix) -> inside.put(name, at(container, prefix)));
        return inside;
    }

    /** Chains of transformer blocks: the container itself, or those in it, by how their parameters' names begin. */
    private static Map<String, ReversibleChain> chains(String outer, ContainerLayer container) {
        Map<String, ReversibleChain> chains = new LinkedHashMap<>();
        if (container instanceof ReversibleChain chain && !chain.getOrigin().isEmpty()) {
            chains.put(outer, chain);
        } else if (container instanceof LayerSequence sequence) {
            sequence.innerLayers().forEach((prefix, layer) -> {
                if (layer instanceof ContainerLayer deeper) {
                    chains.putAll(chains(outer + prefix, deeper));
                }
            });
        }
        return chains;
    }

    /** A layer inside, at any depth, by how its parameters' names begin. */
    private static Layer at(ContainerLayer container, String prefix) {
        for (Map.Entry<String, Layer> inside : container.innerLayers().entrySet()) {
            if (inside.getKey().equals(prefix)) {
                return inside.getValue();
            }
            if (prefix.startsWith(inside.getKey()) && inside.getValue() instanceof ContainerLayer deeper) {
                return at(deeper, prefix.substring(inside.getKey().length()));
            }
        }
        throw new IllegalStateException(
                "container \"" + container.getLayerName() + "\" has no layer \"" + prefix + "\"");
    }

    /** How the names of the layers' parameters begin, but for transformer blocks in chains. */
    private static Map<String, String> prefixes(ContainerLayer container) {
        Map<String, String> prefixes = new HashMap<>();
        if (container instanceof LayerSequence sequence) {
            prefixes(sequence, "", sequence.getVertices().iterator(), prefixes);
        } else if (container instanceof ReversibleChain chain
                && chain.getOrigin().isEmpty()) {
            ChainMembers.each(chain, prefixes::put);
        }
        return prefixes;
    }

    private static void prefixes(
            LayerSequence sequence, String outer, Iterator<String> names, Map<String, String> prefixes) {
        for (Map.Entry<String, Layer> inside : sequence.innerLayers().entrySet()) {
            String prefix = outer + inside.getKey();
            if (inside.getValue() instanceof LayerSequence deeper) {
                prefixes(deeper, prefix, names, prefixes);
            } else if (inside.getValue() instanceof ReversibleChain chain) {
                chain.getVertices().forEach(name -> names.next());
                if (chain.getOrigin().isEmpty()) {
                    ChainMembers.each(chain, (name, own) -> prefixes.put(name, prefix + own));
                }
            } else if (inside.getValue() instanceof ResidualUnit unit) {
                unit.innerLayers().keySet().forEach(own -> prefixes.put(names.next(), prefix + own));
                names.next(); // the addition
            } else {
                prefixes.put(names.next(), prefix);
            }
        }
    }

    private static Map<String, INDArray> parameters(org.deeplearning4j.nn.api.Layer layer, String name) {
        Map<String, String> moved = new HashMap<>();
        ContainerLayer conf = (ContainerLayer) Wrappers.thawed(layer.conf().getLayer());
        chains("", conf).forEach((prefix, chain) -> VertexRows.parameters(chain, name)
                .forEach((parameter, original) -> moved.put(prefix + parameter, original)));
        String prefix = prefixes(conf).get(name);
        if (prefix != null) {
            layer.paramTable().keySet().stream()
                    .filter(p -> p.startsWith(prefix))
                    .forEach(p -> moved.put(p, p.substring(prefix.length())));
        }
        Map<String, INDArray> own = new LinkedHashMap<>();
        layer.paramTable().forEach((parameter, value) -> {
            if (moved.containsKey(parameter)) {
                own.put(moved.get(parameter), value);
            }
        });
        return own;
    }
}
