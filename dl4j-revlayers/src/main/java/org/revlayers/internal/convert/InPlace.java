package org.revlayers.internal.convert;

import java.util.List;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.convert.ConversionReport;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.internal.layers.BlockMemory;
import org.revlayers.keep.Memory;
import org.revlayers.layers.MultiHeadSelfAttention;
import org.revlayers.layers.TokenLayer;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.layers.TransformerMlp;

/** A layer that stays where it is, and keeps what is inside in another way. */
record InPlace(String vertex, Memory memory) implements Planned {

    /** Whether a layer has something inside to be kept in another way. */
    static boolean isPossible(Layer layer) {
        return layer instanceof TransformerBlock || layer instanceof TransformerMlp;
    }

    /** Lets transformer blocks, attention and MLPs keep what is inside in another way: this layer, or those in it; does nothing to others. */
    static void set(Layer layer, Memory memory) {
        Layer thawed = Wrappers.thawed(layer);
        if (thawed instanceof ContainerLayer container) {
            container.innerLayers().values().forEach(inside -> set(inside, memory));
        } else if (isPossible(thawed) || thawed instanceof MultiHeadSelfAttention) {
            BlockMemory inside = BlockMemory.of(memory);
            if (inside.razor() != null) {
                ((TokenLayer) thawed).setRazor(inside.razor());
            }
            if (thawed instanceof TransformerBlock block) {
                block.setActivationMemory(inside.activation());
            } else if (thawed instanceof TransformerMlp mlp) {
                mlp.setActivationMemory(inside.activation());
            }
        }
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
        set(kept.getLayerConf().getLayer(), memory);
        edit.keep(vertex, kept);
        return new Built(edit.label(vertex), 0);
    }
}
