package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.internal.graph.Rows;
import org.revlayers.layers.NormLayer;

/**
 * Finds the residual blocks of a graph by its structure, whatever the vertices are called: an addition of two inputs, one of which is a path
 * of layers from the other. Blocks of which each is read by the next one alone form a row.
 */
final class ResidualBlocks {

    private final GraphIndex graph;
    private final Map<String, String> except;
    private final Map<String, String> left = new LinkedHashMap<>();

    /** Whether the chains have β < 0, which needs a shortcut as it is. */
    private final boolean momentum;

    private ResidualBlocks(GraphIndex graph, Map<String, String> except, boolean momentum) {
        this.graph = graph;
        this.momentum = momentum;
        this.except = except;
    }

    /**
     * What was found.
     *
     * @param rows blocks that can become one chain each
     * @param left reasons by the names of the additions that are in no row
     */
    record Found(List<List<ResidualBlock>> rows, Map<String, String> left) {}

    /**
     * @param except  names of vertices that no block may have, and why: as what each "is"
     * @param minimum  blocks of a row
     * @param momentum whether the chains have β < 0
     */
    static Found find(GraphIndex graph, Map<String, String> except, int minimum, boolean momentum) {
        return new ResidualBlocks(graph, except, momentum).find(minimum);
    }

    private Found find(int minimum) {
        Map<String, ResidualBlock> bySource = new LinkedHashMap<>();
        graph.conf().getVertices().forEach((name, vertex) -> {
            if (isAddition(vertex)) {
                ResidualBlock block = block(name);
                if (block != null) {
                    bySource.put(name, block);
                }
            }
        });
        List<List<ResidualBlock>> rows = new ArrayList<>();
        for (List<ResidualBlock> row : rows(bySource.values())) {
            if (row.size() >= minimum) {
                rows.add(row);
            } else {
                row.forEach(b -> left.put(
                        b.addition(),
                        "a row of " + row.size() + ", and fewer than " + minimum
                                + " blocks are not worth a chain, which keeps two arrays of its own"));
            }
        }
        return new Found(rows, left);
    }

    static boolean isAddition(GraphVertex vertex) {
        GraphVertex plain = vertex instanceof FrozenVertex f ? f.getUnderlying() : vertex;
        return plain instanceof ElementWiseVertex e && e.getOp() == ElementWiseVertex.Op.Add;
    }

    /** The block that ends in an addition; null, with a reason noted, if it is none that can be converted. */
    private ResidualBlock block(String addition) {
        List<String> inputs = graph.inputs(addition);
        if (graph.vertex(addition) instanceof FrozenVertex) {
            return leave(addition, "frozen: DL4J does not go back through it");
        }
        if (except.containsKey(addition)) {
            return leave(addition, except.get(addition));
        }
        if (inputs.size() != 2) {
            return leave(addition, "adds " + inputs.size() + " inputs, not two");
        }
        for (int i = 0; i < 2; i++) {
            List<String> path = graph.path(inputs.get(1 - i), inputs.get(i));
            if (path == null || path.isEmpty()) {
                continue;
            }
            String obstacle = obstacle(path, addition);
            if (obstacle != null) {
                return leave(addition, obstacle);
            }
            return new ResidualBlock(inputs.get(1 - i), path, List.of(), addition, trailing(addition));
        }
        Fork fork = momentum ? null : Fork.of(graph, inputs.get(0), inputs.get(1));
        if (fork != null) {
            String obstacle = obstacle(fork.path(), addition);
            String other = obstacle == null ? onTheWay(fork.shortcut(), addition) : obstacle;
            return other != null
                    ? leave(addition, other)
                    : new ResidualBlock(fork.source(), fork.path(), fork.shortcut(), addition, trailing(addition));
        }
        return leave(addition, new NoBlock(graph).reason(inputs.get(0), inputs.get(1)));
    }

    private ResidualBlock leave(String addition, String reason) {
        left.put(addition, reason);
        return null;
    }

    /** Why a vertex of a way to an addition cannot be inside a chain; null if all can. */
    private String onTheWay(List<String> path, String addition) {
        for (int i = 0; i < path.size(); i++) {
            String name = path.get(i);
            String obstacle = obstacle(name);
            if (obstacle == null && graph.onlyReader(name) == null) {
                obstacle = "is read by others too: by "
                        + new NoBlock(graph).others(name, i + 1 < path.size() ? path.get(i + 1) : addition);
            }
            if (obstacle != null) {
                return "\"" + name + "\" " + obstacle;
            }
        }
        return null;
    }

    /** Why a path cannot be a sub-block; null if it can. */
    private String obstacle(List<String> path, String addition) {
        String obstacle = onTheWay(path, addition);
        if (obstacle != null) {
            return obstacle;
        }
        if (path.stream().noneMatch(graph::isLayer)) {
            return "the branch multiplies by a constant, and has no layer";
        }
        String change = ShapeProbe.change(graph.layers(path));
        return change == null
                ? null
                : "the layers from \"" + path.get(0) + "\" to \"" + path.get(path.size() - 1)
                        + "\" do not map every shape to itself: " + change;
    }

    /** Why a layer cannot be inside a chain; null if it can. */
    private String obstacle(String name) {
        Layer layer = Wrappers.thawed(graph.layer(name));
        if (except.containsKey(name)) {
            return "is " + except.get(name);
        }
        if (graph.preProcessor(name) != null) {
            return "has a preprocessor, " + graph.preProcessor(name).getClass().getSimpleName();
        }
        if (layer instanceof ReversibleChain) {
            return "is a chain already";
        }
        if (Frozen.isNoisy(layer)) {
            return "has weight noise, which a recomputation would draw again";
        }
        return null;
    }

    private List<String> trailing(String addition) {
        List<String> trailing = new ArrayList<>();
        String reader = graph.onlyReader(addition);
        while (reader != null && isFunction(graph.layer(reader)) && obstacle(reader) == null) {
            trailing.add(reader);
            reader = graph.onlyReader(reader);
        }
        return trailing;
    }

    /** Whether a layer is of the kinds that follow an addition: they keep the shape. */
    private static boolean isFunction(Layer layer) {
        Layer thawed = Wrappers.thawed(layer);
        return thawed instanceof ActivationLayer
                || thawed instanceof BatchNormalization
                || thawed instanceof LocalResponseNormalization
                || thawed instanceof NormLayer;
    }

    private List<List<ResidualBlock>> rows(Collection<ResidualBlock> blocks) {
        Map<String, ResidualBlock> next = new LinkedHashMap<>();
        for (ResidualBlock block : blocks) {
            if (isReadByAlone(block)) {
                next.put(block.source(), block);
            }
        }
        List<List<ResidualBlock>> rows = Rows.of(blocks, block -> next.get(block.output()), ResidualBlock::addition);
        for (List<ResidualBlock> row : rows) { // what follows the last addition as it follows the others
            int last = row.size() - 1;
            int functions = last == 0 ? 0 : row.get(last - 1).trailing().size();
            row.set(last, row.get(last).trimmed(functions));
        }
        return rows;
    }

    /** Whether a block is all that reads its source. */
    private boolean isReadByAlone(ResidualBlock block) {
        return graph.readers(block.source()).size() == 2 && !graph.isOutput(block.source());
    }
}
