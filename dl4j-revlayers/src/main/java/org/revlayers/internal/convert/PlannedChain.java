package org.revlayers.internal.convert;

import java.util.List;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.convert.ConversionReport;
import org.revlayers.keep.Memory;

/** A row of blocks that becomes a chain: a layer of the network, or one of a sequence. */
interface PlannedChain extends Planned {

    @Override
    default String kind() {
        return ConversionReport.CHAIN;
    }

    /** The chain, with copies of the blocks' layers. */
    ReversibleChain chain(NetworkEdit<?> edit, GraphIndex graph, String name);

    /** Notes where the parameters of the blocks go, whose names begin with {@code outer} in the container. */
    void move(NetworkEdit<?> edit, ReversibleChain chain, String container, String outer);

    /** The vertices of each block. */
    List<List<String>> blocks();

    /** Some of the blocks, next to each other, as a chain of their own. */
    PlannedChain part(int from, int to, Memory how);
}
