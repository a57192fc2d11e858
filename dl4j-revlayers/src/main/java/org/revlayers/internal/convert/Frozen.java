package org.revlayers.internal.convert;

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
import org.revlayers.internal.contract.Wrappers;

/** Layers inside DL4J's wrappers for frozen ones: a container that transfer learning has frozen is made of frozen layers. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class Frozen {

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
        if (Wrappers.isFrozen(layer)) {
            return layer;
        }
        Layer frozen = other instanceof FrozenLayer
                ? new FrozenLayer(layer)
                : other instanceof FrozenLayerWithBackprop ? new FrozenLayerWithBackprop(layer) : layer;
        frozen.setLayerName(layer.getLayerName());
        return frozen;
    }
}
