package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;

/** Updaters and regularisation that are set after a conversion. */
class SettingsTest {

    /** A step of Adam would be 1e-3; ND4J's takes a rate of zero for a very small one. */
    private static final double STILL = 1e-6;

    private static final IUpdater UPDATER = new Nesterovs(0.03, 0.8);
    private static final IUpdater BIAS = new Sgd(0.07);
    private static final L2Regularization L2 = new L2Regularization(0.1);

    private static final FineTuneConfiguration FINE = new FineTuneConfiguration.Builder()
            .updater(UPDATER)
            .biasUpdater(BIAS)
            .l2(0.1)
            .build();

    private static MultiLayerNetwork network() {
        return ResidualGraphs.network(
                DataType.DOUBLE,
                new DenseLayer.Builder().nOut(6).activation(Activation.TANH).build(),
                new DenseLayer.Builder().nOut(4).activation(Activation.TANH).build());
    }

    private static void check(BaseLayer layer) {
        assertEquals(UPDATER, layer.getIUpdater());
        assertEquals(BIAS, layer.getBiasUpdater());
        assertEquals(List.of(L2), layer.getRegularization());
    }

    private static void check(ComputationGraph graph) {
        int layers = 0;
        for (var vertex : graph.getConfiguration().getVertices().values()) {
            if (vertex instanceof LayerVertex v && v.getLayerConf().getLayer() instanceof BaseLayer layer) {
                check(layer);
                layers++;
            }
        }
        assertTrue(layers > 10);
    }

    @Test
    void transferLearningOutlivesTheSequencesOfANetwork() {
        MultiLayerNetwork net = new TransferLearning.Builder(
                        Lean.convert(network(), Memory.razor(0.9)).network())
                .fineTuneConfiguration(FINE)
                .build();
        MultiLayerNetwork back = Lean.restore(net);
        for (int i = 0; i < 2; i++) {
            check((BaseLayer) back.getLayer(i).conf().getLayer());
        }
        back.fit(ResidualGraphs.data(DataType.DOUBLE, 3));
    }

    private static ComputationGraph tuned(ComputationGraph net) {
        return new TransferLearning.GraphBuilder(net)
                .fineTuneConfiguration(FINE)
                .build();
    }

    @Test
    void andOfAGraph() {
        ComputationGraph net = ResidualGraphs.net(false, ResidualGraphs.global(DataType.DOUBLE));
        check(Lean.restore(tuned(Lean.convert(net, Memory.razor(0.9)).network())));
    }

    @Test
    void andChainsAndCheckpoints() {
        ComputationGraph net = ResidualGraphs.net(false, ResidualGraphs.global(DataType.DOUBLE));
        Memory options = Memory.reversible().otherwise(Memory.checkpoint());
        check(Lean.restore(tuned(Lean.convert(net, options).network())));
    }

    @Test
    void learningRatesReachTheSequencesOfANetwork() {
        MultiLayerNetwork net = Lean.convert(network(), Memory.razor(0.9)).network();
        net.setLearningRate(0);
        INDArray before = net.params().dup();
        net.fit(ResidualGraphs.data(DataType.DOUBLE, 3));
        Compare.near(before, net.params(), STILL, "parameters");
        net.setLearningRate(0.25);
        assertEquals(
                0.25,
                ((BaseLayer) Lean.restore(net).getLayer(0).conf().getLayer())
                        .getIUpdater()
                        .getLearningRate(0, 0));
    }

    @Test
    void andOfGraphsAndChains() {
        ComputationGraph plain = ResidualGraphs.net(false, ResidualGraphs.global(DataType.DOUBLE));
        Memory options = Memory.reversible().otherwise(Memory.checkpoint());
        for (ComputationGraph net : List.of(
                Lean.convert(plain, Memory.razor(0.9)).network(),
                Lean.convert(plain, options).network())) {
            net.setLearningRate(0);
            Map<String, INDArray> before = new HashMap<>();
            net.paramTable().forEach((name, value) -> before.put(name, value.dup()));
            net.fit(ResidualGraphs.data(DataType.DOUBLE, 3));
            net.paramTable().forEach((name, now) -> {
                if (name.endsWith(".W")) {
                    Compare.near(before.get(name), now, STILL, name);
                }
            });
        }
    }

    @Test
    void updatersThatDifferStayTheLayersOwn() {
        MultiLayerNetwork net = network();
        ((BaseLayer) net.getLayer(1).conf().getLayer()).setIUpdater(new Sgd(0.5));
        MultiLayerNetwork back =
                Lean.restore(Lean.convert(net, Memory.razor(0.9)).network());
        for (int i = 0; i < 2; i++) {
            assertEquals(
                    ((BaseLayer) net.getLayer(i).conf().getLayer()).getIUpdater(),
                    ((BaseLayer) back.getLayer(i).conf().getLayer()).getIUpdater());
        }
    }

    /** DL4J takes layers without an updater for those of an old version, and fails. */
    @Test
    void modelFilesOfConvertedNetworks(@TempDir Path folder) throws IOException {
        MultiLayerNetwork net = Lean.convert(network(), Memory.razor(0.9)).network();
        File file = folder.resolve("net.zip").toFile();
        ModelSerializer.writeModel(net, file, true);
        MultiLayerNetwork loaded = ModelSerializer.restoreMultiLayerNetwork(file, true);
        assertEquals(net.getLayerWiseConfigurations(), loaded.getLayerWiseConfigurations());
        Compare.same(net.params(), loaded.params(), "parameters");
    }
}
