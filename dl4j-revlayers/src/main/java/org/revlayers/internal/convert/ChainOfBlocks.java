package org.revlayers.internal.convert;

import java.util.List;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.keep.Memory;

/** A row of residual blocks that becomes a chain. */
record ChainOfBlocks(List<ResidualBlock> row, Memory memory) implements PlannedChain {

    @Override
    public List<String> vertices() {
        return row.stream().flatMap(block -> block.vertices().stream()).toList();
    }

    @Override
    public String start() {
        return row.get(0).path().get(0);
    }

    @Override
    public Built build(NetworkEdit<?> edit, GraphIndex graph) {
        ResidualBlock first = row.get(0);
        String output = row.get(row.size() - 1).output();
        String name = edit.name(graph, output, "chain");
        ReversibleChain chain = chain(edit, graph, name);
        Settings.lift(chain);
        edit.put(name, chain, graph.firstLayer(first.path()), first.source());
        edit.rename(output, name);
        move(edit, chain, name, "");
        return new Built(name, chain.getSubBlocks().size());
    }

    @Override
    public ReversibleChain chain(NetworkEdit<?> edit, GraphIndex graph, String name) {
        return new BlockRow(graph, row, memory).chain(name);
    }

    @Override
    public void move(NetworkEdit<?> edit, ReversibleChain chain, String container, String outer) {
        ChainMembers.each(chain, (vertex, prefix) -> edit.move(vertex, "", container, outer + prefix));
    }

    @Override
    public List<List<String>> blocks() {
        return row.stream().map(ResidualBlock::vertices).toList();
    }

    @Override
    public ChainOfBlocks part(int from, int to, Memory how) {
        return new ChainOfBlocks(row.subList(from, to), how);
    }
}
