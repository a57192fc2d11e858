package org.revlayers.graph;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/** F of one sub-block of a {@link GraphChain}, written down as any part of a graph is. */
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
}
