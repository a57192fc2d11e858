package org.revlayers.internal.convert;

import java.util.List;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.convert.ConversionReport;
import org.revlayers.keep.Memory;

/** A row of residual blocks that becomes a chain. */
record ChainOfBlocks(List<ResidualBlock> row, Memory memory) implements Planned {

    @Override
    public List<String> vertices() {
        return row.stream().flatMap(block -> block.vertices().stream()).toList();
    }

    @Override
    public String start() {
        return row.get(0).path().get(0);
    }

    @Override
    public String kind() {
        return ConversionReport.CHAIN;
    }

    @Override
    public Built build(NetworkEdit<?> edit, GraphIndex graph) {
        ResidualBlock first = row.get(0);
        String output = row.get(row.size() - 1).output();
        String name = edit.name(graph, output, "chain");
        ReversibleChain chain = new BlockRow(graph, row, memory).chain(name);
        Settings.lift(chain);
        edit.put(name, chain, graph.firstLayer(first.path()), first.source());
        edit.rename(output, name);
        ChainMembers.each(chain, (vertex, prefix) -> edit.move(vertex, "", name, prefix));
        return new Built(name, chain.getSubBlocks().size());
    }
}
