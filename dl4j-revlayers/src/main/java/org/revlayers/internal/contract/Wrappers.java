package org.revlayers.internal.contract;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LearnedSelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.RecurrentAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;

/** DL4J's layers that are made of another one: frozen ones, both directions, masks, the last step. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class Wrappers {

    /** The layer that learns, or would, inside DL4J's wrappers for frozen ones. */
    public static Layer thawed(Layer layer) {
        if (layer instanceof FrozenLayer frozen) {
            return thawed(frozen.getLayer());
        }
        return layer instanceof FrozenLayerWithBackprop frozen ? thawed(frozen.getUnderlying()) : layer;
    }

    /** Whether a layer is in one of DL4J's wrappers for frozen ones. */
    public static boolean isFrozen(Layer layer) {
        return layer instanceof FrozenLayer || layer instanceof FrozenLayerWithBackprop;
    }

    /** A copy that shares nothing with the layer: M2.1's wrappers for recurrent layers copy themselves and share what they wrap. */
    public static Layer copy(Layer layer) {
        Layer copy = layer.clone();
        Layer own = copy instanceof FrozenLayer frozen ? frozen.getLayer() : copy; // this one copies what it wraps
        if (own instanceof Bidirectional both) {
            both.setFwd(copy(both.getFwd()));
            both.setBwd(copy(both.getBwd()));
        } else if (own instanceof BaseWrapperLayer wrapper) {
            wrapper.setUnderlying(copy(wrapper.getUnderlying()));
        }
        return copy;
    }

    /** What is in all wrappers; of both directions the one forward. */
    public static Layer inside(Layer layer) {
        Layer thawed = thawed(layer);
        if (thawed instanceof Bidirectional both) {
            return inside(both.getFwd());
        }
        return thawed instanceof BaseWrapperLayer wrapper ? inside(wrapper.getUnderlying()) : thawed;
    }

    /** Features that a layer, or the one that it wraps, reads; 0 if it does not say. */
    public static long reads(Layer layer) {
        Layer inside = inside(layer);
        if (inside instanceof FeedForwardLayer f) {
            return f.getNIn();
        }
        if (inside instanceof SelfAttentionLayer attention) {
            return attention.getNIn();
        }
        if (inside instanceof LearnedSelfAttentionLayer attention) {
            return attention.getNIn();
        }
        return inside instanceof RecurrentAttentionLayer attention ? attention.getNIn() : 0;
    }
}
