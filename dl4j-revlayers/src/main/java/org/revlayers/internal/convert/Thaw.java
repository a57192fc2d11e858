package org.revlayers.internal.convert;

import java.util.Arrays;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;

/** The way back of {@link Reprogrammer}. */
public final class Thaw {

    private Thaw() {}

    /** See {@link org.revlayers.Reprogram}. */
    public static MultiLayerNetwork restore(MultiLayerNetwork net) {
        return restore(
                net, LineEdit::new, given -> Restorer.restore(given, null).network(), net.getLayers());
    }

    /** See {@link org.revlayers.Reprogram}. */
    public static ComputationGraph restore(ComputationGraph net) {
        return restore(
                net, GraphEdit::new, given -> Restorer.restore(given, null).network(), net.getLayers());
    }

    private static <N extends Model> N restore(
            N net,
            Function<N, NetworkEdit<N>> edit,
            UnaryOperator<N> apart,
            org.deeplearning4j.nn.api.Layer... layers) {
        boolean contained = Arrays.stream(layers)
                .anyMatch(layer -> isOfFrozenBlocks(layer.conf().getLayer()));
        if (!contained) {
            return thawed(edit.apply(net));
        }
        N plain = apart.apply(net);
        N whole = thawed(edit.apply(plain));
        plain.close();
        return whole;
    }

    private static boolean isOfFrozenBlocks(Layer layer) {
        return Wrappers.thawed(layer) instanceof ContainerLayer container
                && container.innerLayers().values().stream()
                        .anyMatch(inner -> Wrappers.isFrozen(inner)
                                || inner instanceof TransformerBlock block && block.getKeepTokens() < 1);
    }

    private static <N extends Model> N thawed(NetworkEdit<N> edit) {
        GraphIndex graph = new GraphIndex(edit.conf());
        boolean[] any = new boolean[1];
        graph.conf()
                .getVertices()
                .keySet()
                .forEach(vertex -> Reprogrammer.put(edit, graph, vertex, layer -> {
                    Layer thawed = Wrappers.thawed(layer);
                    any[0] |= thawed != layer;
                    if (thawed instanceof TransformerBlock block && block.getKeepTokens() < 1) {
                        block.setKeepTokens(1);
                        block.setCountFused(false);
                        block.setBehindFused(false);
                        any[0] = true;
                    }
                    if (thawed instanceof TokenPooling pooling) {
                        pooling.setFusedFrom(0);
                    }
                    return thawed;
                }));
        Reprogrammer.require(any[0], "nothing to restore: no layer is frozen, and no block leaves tokens out");
        N net = edit.finish();
        edit.carryUpdater(net);
        return net;
    }
}
