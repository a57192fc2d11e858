package org.revlayers.internal.inner;

import java.util.List;
import java.util.function.Consumer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.InnerLayer;

/**
 * What one configuration becomes.
 *
 * @param layers       in the order in which they run
 * @param gradientView takes the configuration's gradient view
 * @param constraints  applies the configuration's constraints; null if its gradients are only computed where they are wanted, and then it has
 *                     no constraints either
 * @param withNext     whether the configuration behind it has become part of this
 */
record Made(
        List<InnerLayer> layers, Consumer<INDArray> gradientView, Trained.Constraints constraints, boolean withNext) {

    /** Layers without parameters. */
    static Made of(List<InnerLayer> layers) {
        return new Made(layers, view -> {}, null, false);
    }

    /** A layer that computes all its parameter gradients, or none if it has not been given a place for them. */
    static Made of(InnerLayer layer, Consumer<INDArray> gradientView, Trained.Constraints constraints) {
        return new Made(List.of(layer), gradientView, constraints, false);
    }

    Trained trained(INDArray parameters) {
        return new Trained(
                parameters == null ? 0 : parameters.length(),
                gradientView,
                constraints == null ? Trained.Constraints.NONE : constraints);
    }
}
