package org.revlayers.convert;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lombok.RequiredArgsConstructor;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.contract.Wrappers;
import org.revlayers.layers.TransformerBlock;

/**
 * {@link TransformerBlock}s of a {@link ComputationGraph}, each read by the next one alone, as chains, and back. The additions are inside of
 * the layers here, so {@link ResidualBlocks} does not see them.
 */
@RequiredArgsConstructor
final class VertexRows {

    private final GraphEdit edit;

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

    /** @param taken vertices that are part of something else */
    static Found find(GraphIndex graph, Set<String> taken, ReversifyOptions options) {
        Map<String, String> left = new LinkedHashMap<>();
        Set<String> blocks = new HashSet<>();
        for (String name : graph.conf().getVertices().keySet()) {
            Layer layer = graph.layer(name);
            if (taken.contains(name) || !(Wrappers.thawed(layer) instanceof TransformerBlock)) {
                continue;
            }
            String obstacle = options.getExcept().contains(name) ? "excepted" : TransformerRow.obstacle(layer);
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
            if (row.size() >= options.getMinimumBlocks()) {
                rows.add(new Row(stem(graph, name, taken, options), row));
            } else {
                row.forEach(b -> left.put(b, "its row has fewer than " + options.getMinimumBlocks() + " blocks"));
            }
        }
        return new Found(rows, left);
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
                && TransformerRow.fit((TransformerBlock) graph.layer(source), (TransformerBlock) graph.layer(block));
    }

    /** Whether nobody but {@code to} sees {@code from}, and sees it as it is. */
    private static boolean isPlainEdge(GraphIndex graph, String from, String to) {
        return to.equals(graph.onlyReader(from)) && ((LayerVertex) graph.vertex(to)).getPreProcessor() == null;
    }

    private static List<String> stem(GraphIndex graph, String first, Set<String> taken, ReversifyOptions options) {
        LinkedList<String> stem = new LinkedList<>();
        String at = first;
        while (options.isIncludeStem()) {
            String source = graph.inputs(at).get(0);
            if (taken.contains(source)
                    || options.getExcept().contains(source)
                    || !TransformerRow.isStem(graph.layer(source))
                    || !isPlainEdge(graph, source, at)) {
                break;
            }
            stem.addFirst(source);
            at = source;
        }
        return stem;
    }

    /** Adds the chain of a row in place of its vertices. */
    ReversibleChain contain(GraphIndex graph, Row row, ReversifyOptions options) {
        String output = row.blocks().get(row.blocks().size() - 1);
        String name = edit.name(graph, output, "chain");
        TransformerRow made = new TransformerRow(
                row.blocks().stream()
                        .map(b -> (TransformerBlock) graph.layer(b).clone())
                        .toList(),
                row.blocks());
        ReversibleChain chain = made.chain(name, options);
        for (int i = 0; i < row.stem().size(); i++) {
            String vertex = row.stem().get(i);
            chain.getStem().add(TransformerRow.renamed(graph.layer(vertex)));
            chain.getOrigin().add(i, graph.layer(vertex).clone());
            edit.move(vertex, "", name, TransformerRow.stemPrefix(graph.layer(vertex)));
        }
        chain.setVertices(row.vertices());
        Settings.lift(chain);
        LayerVertex first = (LayerVertex) graph.vertex(row.vertices().get(0));
        edit.putBehindPreProcessor(
                name, chain, first, graph.inputs(row.vertices().get(0)).get(0));
        edit.rename(output, name);
        made.parameters()
                .forEach((block, parameter) -> edit.move(
                        row.blocks().get(TransformerRow.index(block)) + "/" + TransformerRow.parameter(block),
                        name + "/" + parameter));
        return chain;
    }

    /** Adds the vertices that a chain was made of. */
    void release(String name, LayerVertex vertex, ReversibleChain chain, String source) {
        Settings.handBack(chain);
        List<TransformerBlock> blocks = new ArrayList<>();
        List<String> names = new ArrayList<>();
        String at = source;
        for (int i = 0; i < chain.getOrigin().size(); i++) {
            Layer layer = chain.getOrigin().get(i);
            String own = chain.getVertices().get(i);
            if (i == 0) {
                edit.putBehindPreProcessor(own, layer, vertex, at);
            } else {
                edit.put(own, layer, vertex, at);
            }
            if (layer instanceof TransformerBlock block) {
                blocks.add(block);
                names.add(own);
            } else {
                edit.move(name, TransformerRow.stemPrefix(layer), own, "");
            }
            at = own;
        }
        edit.rename(name, at);
        TransformerRow row = new TransformerRow(blocks, names);
        row.chain("", ReversifyOptions.builder().build());
        row.parameters()
                .forEach((block, parameter) -> edit.move(
                        name + "/" + parameter,
                        names.get(TransformerRow.index(block)) + "/" + TransformerRow.parameter(block)));
    }
}
