package org.revlayers.spark;

import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.revlayers.chain.ChainHost;

/** The reversible chains of a network. */
final class Chains {

    private Chains() {}

    static List<ChainHost> of(Model net) {
        return Arrays.stream(
                        net instanceof MultiLayerNetwork list ? list.getLayers() : ((ComputationGraph) net).getLayers())
                .filter(ChainHost.class::isInstance)
                .map(ChainHost.class::cast)
                .toList();
    }
}
