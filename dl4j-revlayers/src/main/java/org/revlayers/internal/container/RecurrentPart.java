package org.revlayers.internal.container;

import org.deeplearning4j.nn.conf.layers.BaseRecurrentLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;

/**
 * A layer inside a container that has state between time steps, as it is or wrapped (frozen, last time step, masked): DL4J's
 * {@link BaseRecurrentLayer}s and {@link Bidirectional}. A custom layer has to extend one of them to be known as recurrent.
 *
 * @param name  of the layer in the container, such as {@code subBlock.layer}
 * @param layer its configuration, unwrapped
 */
public record RecurrentPart(String name, Layer layer) {

    /** The first one of a container, or null if it has none. */
    public static RecurrentPart of(ContainerLayer container) {
        for (Part part : container.parts()) {
            RecurrentPart found = of(part.prefix(), part.layer());
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static RecurrentPart of(String prefix, Layer layer) {
        if (layer instanceof FrozenLayer frozen) {
            return of(prefix, frozen.getLayer());
        }
        if (layer instanceof BaseWrapperLayer wrapper) {
            return of(prefix, wrapper.getUnderlying());
        }
        if (layer instanceof ContainerLayer container) {
            RecurrentPart inside = of(container);
            return inside == null ? null : new RecurrentPart(prefix + inside.name, inside.layer);
        }
        boolean recurrent = layer instanceof BaseRecurrentLayer || layer instanceof Bidirectional;
        return recurrent ? new RecurrentPart(prefix.substring(0, prefix.length() - 1), layer) : null;
    }

    @Override
    public String toString() {
        return layer.getClass().getSimpleName() + " \"" + name + "\"";
    }
}
