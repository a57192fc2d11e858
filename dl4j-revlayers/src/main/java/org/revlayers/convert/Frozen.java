package org.revlayers.convert;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;

/** Layers inside DL4J's wrappers for frozen ones: a container that transfer learning has frozen is made of frozen layers. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class Frozen {

    /** The layer that learns, or would. */
    static Layer thawed(Layer layer) {
        if (layer instanceof FrozenLayer f) {
            return thawed(f.getLayer());
        }
        return layer instanceof FrozenLayerWithBackprop f ? thawed(f.getUnderlying()) : layer;
    }

    /** A copy that shares nothing with the layer: M2.1's wrappers for recurrent layers copy themselves and share what they wrap. */
    static Layer copy(Layer layer) {
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

    /** Whether a layer, or the one that it wraps, has weight noise. */
    static boolean isNoisy(Layer layer) {
        if (layer instanceof FrozenLayer frozen) {
            return isNoisy(frozen.getLayer());
        }
        if (layer instanceof BaseWrapperLayer wrapper) {
            return isNoisy(wrapper.getUnderlying());
        }
        return layer instanceof Bidirectional both
                ? isNoisy(both.getFwd())
                : layer instanceof BaseLayer base && base.getWeightNoise() != null;
    }

    /** A vertex among layers that are wrapped as this one is, as transfer learning leaves it. */
    static GraphVertex like(Layer other, GraphVertex vertex) {
        return other instanceof FrozenLayer && !(vertex instanceof LayerVertex) ? new FrozenVertex(vertex) : vertex;
    }

    /** A layer in the wrapper that another one is in; as it is if that one is in none, or if it has one already. */
    static Layer like(Layer other, Layer layer) {
        if (thawed(layer) != layer) {
            return layer;
        }
        Layer frozen = other instanceof FrozenLayer
                ? new FrozenLayer(layer)
                : other instanceof FrozenLayerWithBackprop ? new FrozenLayerWithBackprop(layer) : layer;
        frozen.setLayerName(layer.getLayerName());
        return frozen;
    }
}
