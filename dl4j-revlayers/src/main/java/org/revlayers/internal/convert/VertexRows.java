package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lombok.RequiredArgsConstructor;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.keep.Memory;
import org.revlayers.layers.TransformerBlock;

/**
 * {@link TransformerBlock}s of a network, each read by the next one alone, as chains, and back. The additions are inside of
 * the layers here, so {@link ResidualBlocks} does not see them.
 */
@RequiredArgsConstructor
final class VertexRows {

    private final NetworkEdit<?> edit;

    /**
     * Vertices that become one chain.
     *
     * @param stem   layers in front of the blocks, one after another; may be empty
     * @param blocks at least one
     */
    record Row(List<String> stem, List<String> blocks) {

        List<String> vertices() {
            List<String> all = new ArrayList<>(stem);
            all.addAll(blocks);
            return all;
        }
    }

    /**
     * What was found.
     *
     * @param rows that can become one chain each
     * @param left reasons by the names of the blocks that are in no row
     */
    record Found(List<Row> rows, Map<String, String> left) {}

    /**
     * @param taken  vertices that are part of something else
     * @param except vertices that stay
     */
    static Found find(GraphIndex graph, Set<String> taken, Set<String> except, Memory memory) {
        int atLeast = memory.chain().atLeast();
        Map<String, String> left = new LinkedHashMap<>();
        Set<String> blocks = new HashSet<>();
        for (String name : graph.conf().getVertices().keySet()) {
            Layer layer = graph.layer(name);
            if (taken.contains(name) || !TransformerRow.isBlock(layer) || isLeftToSequences(layer, memory)) {
                continue;
            }
            String obstacle = except.contains(name) ? "excepted" : TransformerRow.obstacle(layer);
            if (obstacle == null) {
                blocks.add(name);
            } else {
                left.put(name, obstacle);
            }
        }
        List<Row> rows = new ArrayList<>();
        for (String name : graph.conf().getVertices().keySet()) {
            if (!blocks.contains(name) || joins(graph, name, blocks)) {
                continue;
            }
            List<String> row = new ArrayList<>();
            for (String at = name; at != null; at = next(graph, at, blocks)) {
                row.add(at);
            }
            if (row.size() >= atLeast) {
                rows.add(new Row(isStemOf(memory) ? stem(graph, name, taken, except) : List.of(), row));
            } else {
                row.forEach(b -> left.put(b, "its row has fewer than " + atLeast + " blocks"));
            }
        }
        return new Found(rows, left);
    }

    /** Frozen blocks that are computed again need no input but that of the first one. */
    private static boolean isLeftToSequences(Layer layer, Memory memory) {
        return memory.kind() == Memory.Kind.CHECKPOINT && layer instanceof FrozenLayerWithBackprop;
    }

    private static String next(GraphIndex graph, String block, Set<String> blocks) {
        String reader = graph.onlyReader(block);
        return blocks.contains(reader) && joins(graph, reader, blocks) ? reader : null;
    }

    /** Whether a block continues the row of the vertex that it reads. */
    private static boolean joins(GraphIndex graph, String block, Set<String> blocks) {
        String source = graph.inputs(block).get(0);
        return blocks.contains(source)
                && isPlainEdge(graph, source, block)
                && TransformerRow.fit(graph.layer(source), graph.layer(block));
    }

    /** Whether nobody but {@code to} sees {@code from}, and sees it as it is. */
    private static boolean isPlainEdge(GraphIndex graph, String from, String to) {
        return to.equals(graph.onlyReader(from)) && ((LayerVertex) graph.vertex(to)).getPreProcessor() == null;
    }

    /** Whether layers in front go into the chain: into checkpointed ones always. */
    private static boolean isStemOf(Memory memory) {
        return memory.kind() == Memory.Kind.CHECKPOINT || memory.chain().stem();
    }

    private static List<String> stem(GraphIndex graph, String first, Set<String> taken, Set<String> except) {
        LinkedList<String> stem = new LinkedList<>();
        String at = first;
        while (true) {
            String source = graph.inputs(at).get(0);
            if (taken.contains(source)
                    || except.contains(source)
                    || !TransformerRow.isStem(graph.layer(source))
                    || !isPlainEdge(graph, source, at)) {
                break;
            }
            stem.addFirst(source);
            at = source;
        }
        return stem;
    }

    /**
     * Adds the vertices that a chain was made of.
     *
     * @param source what it reads
     * @return the vertex that the last of the blocks has become
     */
    String release(Made made, ReversibleChain chain, String source) {
        Settings.handBack(chain);
        List<String> names = new ArrayList<>();
        List<String> vertices = new ArrayList<>();
        String at = source;
        for (int i = 0; i < chain.getOrigin().size(); i++) {
            Layer layer = chain.getOrigin().get(i);
            String label = chain.getVertices().isEmpty() // a MultiLayerNetwork of a version that did not note them
                    ? layer.getLayerName()
                    : chain.getVertices().get(i);
            layer.setLayerName(label);
            String own = edit.vertex(label);
            if (i == 0 && made.begins()) {
                edit.putBehindPreProcessor(own, layer, made.vertex(), at);
            } else {
                edit.put(own, layer, made.vertex(), at);
            }
            if (TransformerRow.isBlock(layer)) {
                vertices.add(own);
                names.add(label);
            } else {
                edit.move(made.name(), made.outer() + stemPrefix(chain.getStem().get(i)), own, "");
            }
            at = own;
        }
        new TransformerRow(TransformerRow.blocks(chain), names)
                .parameters()
                .forEach((block, parameter) -> edit.move(
                        new NetworkEdit.Place(made.name(), made.outer() + parameter),
                        new NetworkEdit.Place(
                                vertices.get(TransformerParameters.index(block)),
                                TransformerParameters.parameter(block))));
        return at;
    }

    /** How the names of a stem layer's parameters begin in the chain. */
    static String stemPrefix(Layer inside) {
        return "stem." + inside.getLayerName() + ".";
    }

    /** Where the parameters of a layer that a chain was made of are, by their names in the chain: their own. */
    static Map<String, String> parameters(ReversibleChain chain, String label) {
        Map<String, String> own = new HashMap<>();
        for (int i = 0; i < chain.getOrigin().size(); i++) {
            Layer layer = chain.getOrigin().get(i);
            if (!TransformerRow.isBlock(layer) && layer.getLayerName().equals(label)) {
                String prefix = stemPrefix(chain.getStem().get(i));
                layer.initializer().paramKeys(layer).forEach(p -> own.put(prefix + p, p));
            }
        }
        List<Layer> blocks = TransformerRow.blocks(chain);
        TransformerRow row = new TransformerRow(
                blocks, blocks.stream().map(Layer::getLayerName).toList());
        row.parameters().forEach((block, parameter) -> {
            if (blocks.get(TransformerParameters.index(block)).getLayerName().equals(label)) {
                own.put(parameter, TransformerParameters.parameter(block));
            }
        });
        return own;
    }
}
