package org.revlayers.internal.convert;

import java.util.List;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.convert.ConversionReport;
import org.revlayers.keep.Memory;

/** A row of transformer blocks that becomes a chain. */
record ChainOfTransformers(VertexRows.Row row, Memory memory) implements Planned {

    @Override
    public List<String> vertices() {
        return row.vertices();
    }

    @Override
    public String kind() {
        return ConversionReport.CHAIN;
    }

    @Override
    public Built build(NetworkEdit<?> edit, GraphIndex graph) {
        ReversibleChain chain = new VertexRows(edit).contain(graph, row, memory);
        return new Built(chain.getLayerName(), chain.getSubBlocks().size());
    }
}
