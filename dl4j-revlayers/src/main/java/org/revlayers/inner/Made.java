package org.revlayers.inner;

import java.util.List;
import java.util.function.Consumer;
import org.deeplearning4j.nn.api.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What one configuration becomes.
 *
 * @param layers       in the order in which they run
 * @param gradientView takes the configuration's gradient view
 * @param layer        the DL4J layer that is told to apply constraints, or null
 * @param withNext     whether the configuration behind it has become part of this
 */
record Made(List<InnerLayer> layers, Consumer<INDArray> gradientView, Layer layer, boolean withNext) {

    /** Layers without parameters. */
    static Made of(List<InnerLayer> layers) {
        return new Made(layers, view -> {}, null, false);
    }
}
