package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Configurations survive JSON with every property, and clones are equal and independent. */
class ConfigurationContractTest {

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void jsonGivesTheSameNetwork(LayerCase layerCase) {
        MultiLayerConfiguration conf = layerCase.conf();
        MultiLayerConfiguration back = MultiLayerConfiguration.fromJson(conf.toJson());
        assertEquals(conf, back);
        assertEquals(conf.toJson(), back.toJson());
        for (int i = 0; i < conf.getConfs().size(); i++) {
            // Lombok's toString lists the fields that equals might leave out.
            assertEquals(text(conf.getConf(i).getLayer()), text(back.getConf(i).getLayer()));
        }
        Compare.same(layerCase.net().params(), LayerCase.init(back).params(), "initial parameters");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void jsonGivesTheSameGraph(LayerCase layerCase) {
        ComputationGraphConfiguration conf = layerCase.graphConf();
        ComputationGraphConfiguration back = ComputationGraphConfiguration.fromJson(conf.toJson());
        assertEquals(conf, back);
        assertEquals(conf.toJson(), back.toJson());
        assertEquals(text(conf.getVertices()), text(back.getVertices()));
    }

    /** DL4J's own convolutions note whether their layout was set, and do not save it. */
    private static String text(Object configuration) {
        return configuration.toString().replaceAll("defaultValueOverridden=\\w+", "");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void configurationClonesAreEqualAndIndependent(LayerCase layerCase) {
        for (TokenLayer layer : layerCase.tokenLayers(layerCase.conf())) {
            TokenLayer clone = (TokenLayer) layer.clone();
            assertEquals(layer, clone);
            assertEquals(layer.toString(), clone.toString());
            assertNotSame(layer, clone);
            clone.setNOut(layer.getNOut() + 1);
            assertNotEquals(layer, clone);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void networkClonesAreEqualAndIndependent(LayerCase layerCase) {
        MultiLayerNetwork net = layerCase.net();
        net.fit(layerCase.data(2, 1));
        MultiLayerNetwork clone = net.clone();
        Compare.same(net.params(), clone.params(), "parameters of the clone");
        Compare.same(
                net.output(layerCase.data(2, 2).getFeatures()),
                clone.output(layerCase.data(2, 2).getFeatures()),
                "output of the clone");
        var before = net.params().dup();
        clone.fit(layerCase.data(2, 3));
        Compare.same(before, net.params(), "parameters of the original");
        net.fit(layerCase.data(2, 3));
        Compare.same(net.params(), clone.params(), "parameters after one more step each");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void graphAndNetworkComputeTheSame(LayerCase layerCase) {
        if (layerCase.name().contains("drop path")) {
            return; // draws are keyed by the layer's index, and a graph counts its inputs too
        }
        MultiLayerNetwork net = layerCase.net();
        ComputationGraph graph = layerCase.graph();
        Compare.same(net.params(), graph.params(), "initial parameters");
        for (int step = 0; step < 2; step++) {
            net.fit(layerCase.data(3, step));
            graph.fit(layerCase.data(3, step));
        }
        Compare.same(net.params(), graph.params(), "parameters after two steps");
        ComputationGraph clone = graph.clone();
        Compare.same(graph.params(), clone.params(), "parameters of the clone");
    }
}
