package org.revlayers.internal.convert;

import java.util.Iterator;
import java.util.List;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.SubBlock;
import org.revlayers.container.ResidualUnit;

/** The vertices that a chain of residual blocks was made of. */
final class ChainMembers {

    private ChainMembers() {}

    /** Something to do for each layer of a chain: the vertex that it was or will be, and how its parameters' names begin in the chain. */
    interface Action {
        void of(String vertex, String prefix);
    }

    static void each(ReversibleChain chain, Action action) {
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

    /**
     * Adds the vertices that a chain was made of.
     *
     * @param source what it reads
     * @return the vertex that gives what it gave
     */
    static String release(NetworkEdit<?> edit, Made made, ReversibleChain chain, String source) {
        LayerVertex vertex = made.vertex();
        Settings.handDown(chain);
        each(chain, (to, prefix) -> edit.move(made.name(), made.outer() + prefix, to, ""));
        String at = source;
        Iterator<String> names = chain.getVertices().iterator();
        for (SubBlock block : chain.getSubBlocks()) {
            at = layers(edit, block.getEntry(), vertex, names, at);
            ResidualUnit unit = unit(block);
            String end = layers(edit, unit == null ? block.getFunction() : unit.getMain(), vertex, names, at);
            String shortcut = unit == null ? at : layers(edit, unit.getShortcut(), vertex, names, at);
            String addition = names.next();
            edit.put(addition, new ElementWiseVertex(ElementWiseVertex.Op.Add), List.of(end, shortcut));
            at = addition;
        }
        return layers(edit, chain.getExit(), vertex, names, at);
    }

    /** Puts layers one behind another; returns the last name. */
    private static String layers(
            NetworkEdit<?> edit, List<Layer> layers, LayerVertex like, Iterator<String> names, String source) {
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
