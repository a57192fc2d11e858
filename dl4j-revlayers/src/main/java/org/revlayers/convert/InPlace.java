package org.revlayers.convert;

import java.util.List;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.keep.Memory;
import org.revlayers.layers.BlockMemory;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.layers.TransformerMlp;

/** A layer that stays where it is, and keeps what is inside in another way. */
record InPlace(String vertex, Memory memory) implements Planned {

    /** Whether a layer has something inside to be kept in another way. */
    static boolean isPossible(Layer layer) {
        return layer instanceof TransformerBlock || layer instanceof TransformerMlp;
    }

    @Override
    public List<String> vertices() {
        return List.of(vertex);
    }

    @Override
    public String kind() {
        return ConversionReport.RECOMPUTED;
    }

    @Override
    public Built build(NetworkEdit<?> edit, GraphIndex graph) {
        LayerVertex kept = (LayerVertex) graph.vertex(vertex);
        Layer layer = kept.getLayerConf().getLayer();
        if (layer instanceof TransformerBlock block) {
            block.setActivationMemory(BlockMemory.of(memory).activation());
        } else {
            ((TransformerMlp) layer).setActivationMemory(BlockMemory.of(memory).activation());
        }
        edit.keep(vertex, kept);
        return new Built(edit.label(vertex), 0);
    }
}
