package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.keep.Memory;

/** A row of transformer blocks that becomes a chain. */
record ChainOfTransformers(VertexRows.Row row, Memory memory) implements PlannedChain {

    @Override
    public List<String> vertices() {
        return row.vertices();
    }

    @Override
    public Built build(NetworkEdit<?> edit, GraphIndex graph) {
        String output = row.blocks().get(row.blocks().size() - 1);
        String name = edit.name(graph, output, "chain");
        ReversibleChain chain = chain(edit, graph, name);
        Settings.lift(chain);
        LayerVertex first = (LayerVertex) graph.vertex(vertices().get(0));
        edit.putBehindPreProcessor(
                name, chain, first, graph.inputs(vertices().get(0)).get(0));
        edit.rename(output, name);
        move(edit, chain, name, "");
        return new Built(name, chain.getSubBlocks().size());
    }

    @Override
    public ReversibleChain chain(NetworkEdit<?> edit, GraphIndex graph, String name) {
        TransformerRow made = new TransformerRow(
                row.blocks().stream().map(b -> Wrappers.copy(graph.layer(b))).toList(), labels(edit));
        ReversibleChain chain = made.chain(name, memory, graph.conf().getDataType());
        SafeNames stem = new SafeNames();
        for (int i = 0; i < row.stem().size(); i++) {
            String vertex = row.stem().get(i);
            Layer inside = graph.layer(vertex).clone();
            inside.setLayerName(stem.of(edit.label(vertex), ""));
            chain.getStem().add(inside);
            chain.getOrigin().add(i, graph.layer(vertex).clone());
        }
        chain.setVertices(new ArrayList<>(vertices().stream().map(edit::label).toList()));
        return chain;
    }

    private List<String> labels(NetworkEdit<?> edit) {
        return row.blocks().stream().map(edit::label).toList();
    }

    @Override
    public void move(NetworkEdit<?> edit, ReversibleChain chain, String container, String outer) {
        for (int i = 0; i < row.stem().size(); i++) {
            edit.move(
                    row.stem().get(i),
                    "",
                    container,
                    outer + VertexRows.stemPrefix(chain.getStem().get(i)));
        }
        new TransformerRow(TransformerRow.blocks(chain), labels(edit))
                .parameters()
                .forEach((block, parameter) -> edit.move(
                        new NetworkEdit.Place(
                                row.blocks().get(TransformerParameters.index(block)),
                                TransformerParameters.parameter(block)),
                        new NetworkEdit.Place(container, outer + parameter)));
    }

    @Override
    public List<List<String>> blocks() {
        return row.blocks().stream().map(List::of).toList();
    }

    @Override
    public ChainOfTransformers part(int from, int to, Memory how) {
        List<String> stem = from == 0 ? row.stem() : List.of();
        return new ChainOfTransformers(new VertexRows.Row(stem, row.blocks().subList(from, to)), how);
    }
}
