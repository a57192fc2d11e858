package org.revlayers.internal.convert;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/** What must hold of a network that is converted, restored or asked for its layers. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class Initialized {

    static void check(MultiLayerNetwork net) {
        check(net != null && net.isInitCalled() && net.getLayers() != null);
    }

    static void check(ComputationGraph net) {
        check(net != null && net.getVertices() != null);
    }

    static void check(Model net) {
        if (net instanceof ComputationGraph graph) {
            check(graph);
        } else {
            check((MultiLayerNetwork) net);
        }
    }

    private static void check(boolean holds) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "only a network with parameters can be converted, restored or asked for its layers: call net.init(),"
                            + " or load it, first");
        }
    }
}
