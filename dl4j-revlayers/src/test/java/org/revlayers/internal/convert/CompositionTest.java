package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.Lean;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.reversible.CoefficientSchedule;

/** Several memories in one network, networks converted twice, and layers by the names that they had. */
class CompositionTest {

    private static final Memory EXACT = Memory.checkpoint();

    private static ComputationGraph graph() {
        ComputationGraph net = ResidualGraphs.net(false, ResidualGraphs.global(DataType.DOUBLE));
        net.fit(ResidualGraphs.data(DataType.DOUBLE, 4));
        return net;
    }

    private static MultiLayerNetwork blocks() {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(3)
                .dataType(DataType.DOUBLE)
                .updater(new Adam(1e-2))
                .list();
        for (int i = 0; i < 6; i++) {
            list.layer(new TransformerBlock.Builder(2).name("block" + i).mlp(8).build());
        }
        MultiLayerNetwork net = new MultiLayerNetwork(list.layer(new TokenPooling.Builder(TokenPooling.Kind.MEAN)
                        .name("pooling")
                        .build())
                .layer(new OutputLayer.Builder()
                        .name("out")
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.recurrent(8, 5, RNNFormat.NWC))
                .build());
        net.init();
        net.fit(tokens());
        return net;
    }

    private static DataSet tokens() {
        return new DataSet(
                Nd4j.linspace(DataType.DOUBLE, -1.0, 0.025, 80).reshape(2, 5, 8),
                Nd4j.eye(3).getRows(0, 1).castTo(DataType.DOUBLE));
    }

    private static <T> List<T> containers(org.deeplearning4j.nn.api.Model net, Class<T> kind) {
        return Stream.of(Networks.layers(net))
                .map(l -> l.conf().getLayer())
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    @Test
    void aNetworkHasSeveralMemories() {
        MultiLayerNetwork net = blocks();
        Memory mixed = EXACT.at("block2", Memory.recompute())
                .at("block3", Memory.store())
                .at("block4", Memory.checkpoint())
                .at("block5", Memory.half())
                .except("pooling");
        Conversion<MultiLayerNetwork> lean = Lean.convert(net, mixed);
        ConversionReport report = lean.report();
        assertEquals(List.of("block0", "block1"), report.chains().get(0).members(), report::toString);
        assertEquals(
                List.of("block2"),
                report.units(ConversionReport.RECOMPUTED).get(0).members());
        assertEquals(
                List.of("block3"), report.units(ConversionReport.STORE).get(0).members());
        assertEquals(List.of("block4"), report.checkpoints().get(0).members());
        assertEquals(
                List.of("block5"), report.units(ConversionReport.HALF).get(0).members());
        assertEquals(
                ActivationMemory.RECOMPUTE,
                ((TransformerBlock) Lean.layer(lean.network(), "block2")).getActivationMemory());
        INDArray x = tokens().getFeatures();
        Compare.near(net.output(x), lean.network().output(x), 1e-12, "output");
        Compare.near(net.output(x), Lean.restore(lean.network()).output(x), 1e-12, "output of the restored network");
    }

    @Test
    void aGraphHasSeveralMemoriesAndComesBack() {
        ComputationGraph net = graph();
        Conversion<ComputationGraph> lean =
                Lean.convert(net, EXACT.at("s2_*", Memory.razor(0.5).otherwise(Memory.checkpoint())));
        assertEquals(1, lean.report().chains().size(), lean.report()::toString);
        assertEquals(1, lean.report().razors().size(), lean.report()::toString);
        assertFalse(lean.report().checkpoints().isEmpty(), lean.report()::toString);
        INDArray x = ResidualGraphs.data(DataType.DOUBLE, 4).getFeatures();
        Compare.near(net.outputSingle(x), lean.network().outputSingle(x), 1e-10, "output");
        lean.network().fit(ResidualGraphs.data(DataType.DOUBLE, 4));
        ComputationGraph plain = Lean.restore(lean.network());
        assertEquals(
                new HashSet<>(net.getConfiguration().getVertices().keySet()),
                new HashSet<>(plain.getConfiguration().getVertices().keySet()));
        Compare.near(lean.network().outputSingle(x), plain.outputSingle(x), 1e-10, "output after a step");
    }

    @Test
    void exactMemoriesTrainAsThePlainNetwork() {
        ComputationGraph plain = graph();
        ComputationGraph lean = Lean.convert(
                        plain, EXACT.at("s2_*", Memory.store()).otherwise(Memory.checkpoint()))
                .network();
        for (int i = 0; i < 3; i++) {
            plain.fit(ResidualGraphs.data(DataType.DOUBLE, 4));
            lean.fit(ResidualGraphs.data(DataType.DOUBLE, 4));
        }
        Map<String, INDArray> expected = plain.paramTable();
        Map<String, INDArray> got = Lean.restore(lean).paramTable();
        expected.forEach((name, value) -> Compare.near(value, got.get(name), 1e-8, name));
    }

    @Test
    void aConvertedNetworkIsConvertedAgain() {
        ComputationGraph net = graph();
        ComputationGraph chains = Lean.convert(net, Memory.reversible(CoefficientSchedule.constant(1, 0.125)))
                .network();
        Conversion<ComputationGraph> both = Lean.convert(chains, Memory.checkpoint());
        assertEquals(2, containers(both.network(), ReversibleChain.class).size());
        assertEquals(
                both.report().checkpoints().size(),
                containers(both.network(), CheckpointSequence.class).size());
        assertFalse(both.report().checkpoints().isEmpty());
        assertEquals(
                both.network().getLayers().length,
                Stream.of(both.network().getLayers())
                        .map(l -> l.conf().getLayer().getLayerName())
                        .distinct()
                        .count());
        INDArray x = ResidualGraphs.data(DataType.DOUBLE, 4).getFeatures();
        assertEquals(chains.outputSingle(x), both.network().outputSingle(x));
        ComputationGraph plain = Lean.restore(both.network());
        assertTrue(containers(plain, ReversibleChain.class).isEmpty());
        assertEquals(net.outputSingle(x), plain.outputSingle(x));
        IllegalArgumentException nothing =
                assertThrows(IllegalArgumentException.class, () -> Lean.convert(both.network(), Memory.checkpoint()));
        assertTrue(nothing.getMessage().contains("already"), nothing.getMessage());
    }

    @Test
    void sharedNormsAreAStepBeforeTheRest() {
        MultiLayerNetwork net = blocks();
        Conversion<MultiLayerNetwork> lean = Lean.convert(
                net, Memory.sharedNorms().at("block4", Memory.checkpoint()).at("block5", Memory.razor(0.5)));
        assertEquals(4, lean.report().units(ConversionReport.NORMS).size(), lean.report()::toString);
        assertEquals(List.of("block4"), lean.report().checkpoints().get(0).members());
        INDArray x = tokens().getFeatures();
        Compare.near(net.output(x), lean.network().output(x), 1e-10, "output");
        RazorSequence all = containers(
                        Lean.convert(net, Memory.razor(0.5).inside(Memory.approx()))
                                .network(),
                        RazorSequence.class)
                .get(0);
        assertTrue(((TransformerBlock) all.getLayers().get(0)).isMemorySharingNorm());
        assertNotNull(((TransformerBlock) all.getLayers().get(0)).getRazor());
    }

    @Test
    void layersAreFoundByTheNamesThatTheyHad() {
        ComputationGraph net = graph();
        ComputationGraph lean =
                Lean.convert(net, EXACT.at("s2_*", Memory.razor(0.5))).network();
        for (String name : net.getConfiguration().getVertices().keySet()) {
            if (net.getLayer(name) != null) {
                Layer old = Lean.layer(lean, name);
                assertEquals(net.getLayer(name).conf().getLayer().getClass(), old.getClass(), name);
                Map<String, INDArray> parameters = Lean.parameters(lean, name);
                assertEquals(net.getLayer(name).paramTable().keySet(), parameters.keySet(), name);
                parameters.forEach((p, value) ->
                        assertEquals(net.getLayer(name).paramTable().get(p), value, name + "/" + p));
            }
        }
        assertThrows(IllegalArgumentException.class, () -> Lean.layer(lean, "nobody"));
        MultiLayerNetwork chain = Lean.convert(blocks(), Memory.reversible()).network();
        assertEquals(
                blocks().getLayer("block3").paramTable().keySet(),
                Lean.parameters(chain, "block3").keySet());
        assertSame(chain.getLayer("out").conf().getLayer(), Lean.layer(chain, "out"));
    }

    @Test
    void aPlanIsWhatAConversionWouldDo() {
        ComputationGraph net = graph();
        Memory memory = EXACT.at("s2_*", Memory.razor(0.5));
        INDArray before = net.params().dup();
        ConversionReport plan = Lean.plan(net, memory);
        assertEquals(Lean.convert(net, memory).report().units(), plan.units());
        assertEquals(before, net.params());
        assertFalse(plan.toString().contains("updater"));
    }

    @Test
    void choicesInsideOfChoicesAreRefused() {
        Memory inner = Memory.reversible().otherwise(Memory.checkpoint().except("block0"));
        String message = assertThrows(IllegalArgumentException.class, () -> Lean.convert(blocks(), inner))
                .getMessage();
        assertTrue(message.contains("outermost"), message);
    }
}
