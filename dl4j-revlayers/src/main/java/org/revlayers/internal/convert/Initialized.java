package org.revlayers.internal.convert;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/** What must hold of a network before it is converted. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class Initialized {

    static void check(MultiLayerNetwork net) {
        check(net != null && net.isInitCalled() && net.getLayers() != null);
    }

    static void check(ComputationGraph net) {
        check(net != null && net.getVertices() != null);
    }

    private static void check(boolean holds) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "only a network with parameters can be converted or restored: call net.init(), or load it, first");
        }
    }
}
