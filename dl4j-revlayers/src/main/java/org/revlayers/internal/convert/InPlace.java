package org.revlayers.internal.convert;

import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
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

    /** Whether a layer keeps what is inside as a memory says. */
    static boolean isSo(Layer layer, Memory memory) {
        BlockMemory asked = BlockMemory.of(memory);
        boolean activation = layer instanceof TransformerBlock block
                ? block.getActivationMemory() == asked.activation()
                : layer instanceof TransformerMlp mlp && mlp.getActivationMemory() == asked.activation();
        return activation && Objects.equals(((TokenLayer) layer).getRazor(), asked.razor());
    }

    /**
     * Lets transformer blocks, attention and MLPs keep what is inside in another way, whatever they were built with: this layer, or those in it; does
     * nothing to others, and nothing for shared norms, which say nothing of it.
     */
    static void set(Layer layer, Memory memory) {
        BlockMemory inside = BlockMemory.of(memory);
        if (memory.kind() == Memory.Kind.SHARED_NORMS) {
            return;
        }
        each(layer, token -> {
            token.setRazor(inside.razor());
            if (token instanceof TransformerBlock block) {
                block.setActivationMemory(inside.activation());
            } else if (token instanceof TransformerMlp mlp) {
                mlp.setActivationMemory(inside.activation());
            }
        });
    }

    /** Takes razors that such layers were built with. */
    static void withoutRazors(Layer layer) {
        each(layer, token -> token.setRazor(null));
    }

    private static void each(Layer layer, Consumer<TokenLayer> action) {
        Layer thawed = Wrappers.thawed(layer);
        if (thawed instanceof ContainerLayer container) {
            container.innerLayers().values().forEach(inside -> each(inside, action));
        } else if (isPossible(thawed) || thawed instanceof MultiHeadSelfAttention) {
            action.accept((TokenLayer) thawed);
        }
    }

    @Override
    public List<String> vertices() {
        return List.of(vertex);
    }

    @Override
    public String kind() {
        return memory.kind() == Memory.Kind.APPROX ? ConversionReport.CODED : ConversionReport.RECOMPUTED;
    }

    @Override
    public Built build(NetworkEdit<?> edit, GraphIndex graph) {
        LayerVertex kept = (LayerVertex) graph.vertex(vertex);
        set(kept.getLayerConf().getLayer(), memory);
        edit.keep(vertex, kept);
        return new Built(edit.label(vertex), 0);
    }
}
