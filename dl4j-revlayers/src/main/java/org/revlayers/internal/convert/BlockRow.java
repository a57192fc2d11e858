package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.SubBlock;
import org.revlayers.container.ResidualUnit;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.keep.Memory;

/**
 * A row of residual blocks as one chain: what follows a block's addition becomes the entry of the sub-block behind, or the chain's exit. The
 * layers keep all that they are configured with; names lose underscores and dots, which a chain's parameters may not have.
 */
final class BlockRow {

    private final GraphIndex graph;
    private final List<ResidualBlock> blocks;
    private final Memory memory;
    private final SafeNames subBlocks = new SafeNames("stem", "exit");

    BlockRow(GraphIndex graph, List<ResidualBlock> blocks, Memory memory) {
        this.graph = graph;
        this.blocks = blocks;
        this.memory = memory;
    }

    ReversibleChain chain(String name) {
        ReversibleChain.Builder builder =
                ChainSettings.chain(name, memory, graph.conf().getDataType());
        List<String> vertices = new ArrayList<>();
        List<String> pending = List.of();
        for (ResidualBlock block : blocks) {
            String sub = subBlocks.of(block.addition(), "");
            SafeNames layers = new SafeNames();
            Layer[] entry = copies(pending, layers, "r");
            Layer[] path = copies(block.path(), layers, "");
            if (block.shortcut().isEmpty()) {
                builder.subBlock(SubBlock.of(sub, path).after(entry));
            } else {
                builder.subBlock(
                        SubBlock.of(sub, unit(block, path)).after(entry).residual(false));
            }
            vertices.addAll(pending);
            vertices.addAll(block.path());
            vertices.addAll(block.shortcut());
            vertices.add(block.addition());
            pending = block.trailing();
        }
        builder.exit(copies(pending, new SafeNames(), ""));
        vertices.addAll(pending);
        ReversibleChain chain = builder.build();
        chain.setVertices(vertices);
        return chain;
    }

    /** A shortcut that is not the source as it is cannot be a stream: it is part of the function, and α is 0. */
    private Layer unit(ResidualBlock block, Layer... path) {
        return new ResidualUnit.Builder()
                .name("sum")
                .main(path)
                .shortcut(copies(block.shortcut(), new SafeNames(), ""))
                .build();
    }

    private Layer[] copies(List<String> names, SafeNames taken, String prefix) {
        return names.stream()
                .map(name -> {
                    Layer copy = Wrappers.copy(graph.layer(name));
                    copy.setLayerName(taken.of(name, prefix));
                    if (memory.inside() != null) {
                        InPlace.set(copy, memory.inside());
                    }
                    return copy;
                })
                .toArray(Layer[]::new);
    }
}
