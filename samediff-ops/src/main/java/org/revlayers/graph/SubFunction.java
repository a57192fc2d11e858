package org.revlayers.graph;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * F of one sub-block of a {@link GraphChain}, written down as any part of a graph is.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface SubFunction {

    /**
     * Adds F's ops to the graph; nothing outside F may read what they compute, but for its result. Variables made here become parameters of
     * the graph, named {@code chain/sub-function/name}; others may be used too.
     *
     * @param sd the chain's graph
     * @param x  input
     * @return F(x), of x's type and shape
     */
    SDVariable define(SameDiff sd, SDVariable x);

    /**
     * A part of an existing graph: what computes one of its variables from another.
     *
     * <p>Of a part of the chain's own graph, parameters and constants are used as they are. Those of another graph are copied, under their names
     * within {@code chain/sub-function/}; its placeholders stand for variables of the chain's graph with the same names.
     *
     * <pre>{@code
     * chain.then("layer3", SubFunction.part(pretrained, "encoder/layer3/in", "encoder/layer3/mlp/out"));
     * }</pre>
     *
     * @param graph  the existing graph; it is not changed
     * @param input  name of the part's input
     * @param output name of its value, before the residual addition
     * @throws IllegalArgumentException if the graph has no such variables
     */
    static SubFunction part(SameDiff graph, String input, String output) {
        return new GraphPart(graph, input, output);
    }
}
