package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.chain.ChainHost;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.SubBlock;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.Restoration;
import org.revlayers.convert.Sample;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.Coefficients;

/** What is restored says whether it computes what the reversible network did, frozen containers come back frozen, and a schedule can lead back. */
class RestoreTest {

    private static final int STEPS = 20;

    private static final FineTuneConfiguration FINE =
            new FineTuneConfiguration.Builder().updater(new Sgd(0.1)).build();

    private static ComputationGraph plain(DataType type) {
        return ResidualGraphs.net(true, ResidualGraphs.global(type));
    }

    private static DataSet data() {
        return ResidualGraphs.data(DataType.DOUBLE, 3);
    }

    private static ComputationGraph converted(CoefficientSchedule schedule) {
        return converted(DataType.DOUBLE, schedule);
    }

    private static ComputationGraph converted(DataType type, CoefficientSchedule schedule) {
        return Lean.convert(plain(type), Memory.reversible(schedule).otherwise(Memory.checkpoint()))
                .network();
    }

    private static ChainHost chain(ComputationGraph net) {
        return (ChainHost) Stream.of(net.getLayers())
                .filter(ChainHost.class::isInstance)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theReportMeasuresByHowMuchThePlainNetworkDiffers() {
        ComputationGraph net =
                converted(CoefficientSchedule.builder().totalIterations(STEPS).build());
        for (int i = 0; i < STEPS / 2; i++) {
            net.fit(data());
        }
        INDArray x = data().getFeatures();
        Restoration<ComputationGraph> result = Lean.restore(net, Sample.of(x));
        INDArray before = net.outputSingle(x).dup();
        double measured =
                before.sub(result.network().outputSingle(x)).amaxNumber().doubleValue();
        assertTrue(measured > 1e-3, "another function: " + measured);
        assertEquals(measured, result.report().comparison().difference(), 1e-12);
        assertEquals(
                before.amaxNumber().doubleValue(), result.report().comparison().largest(), 1e-12);
        assertFalse(result.report().sameFunction());
        assertEquals(0.75, result.report().chains().get(0).alpha());
        assertTrue(
                result.report().toString().contains("stood at (0.75, 0.25)"),
                result.report().toString());
        assertTrue(result.report().toString().contains("returnFraction"), "the remedy");
        assertNull(Lean.restore(net, null).report().comparison(), "without a sample");
    }

    @Test
    void aScheduleLeadsBackToThePlainNetwork() {
        ComputationGraph net = converted(
                DataType.FLOAT,
                CoefficientSchedule.builder()
                        .totalIterations(STEPS)
                        .returnFraction(0.4)
                        .build());
        for (int i = 0; i < STEPS; i++) {
            long before = chain(net).verifiedReconstructions();
            boolean plain = chain(net).coefficients().b() == 0;
            net.fit(ResidualGraphs.data(DataType.FLOAT, 3));
            assertEquals(plain ? before : before + 1, chain(net).verifiedReconstructions(), "step " + i);
        }
        assertEquals(new Coefficients(8, 0, 8), chain(net).coefficients());
        Restoration<ComputationGraph> result = Lean.restore(
                net, Sample.of(ResidualGraphs.data(DataType.FLOAT, 3).getFeatures()));
        assertTrue(result.report().sameFunction());
        assertEquals(0, result.report().comparison().difference(), 1e-6);
    }

    /** Worked out by hand: from (3/4, 1/4) at 60 of 100 to (1, 0) at 100, to the nearest eighth, a half upwards. */
    @Test
    void theWayBackIsAStraightLine() {
        CoefficientSchedule schedule = CoefficientSchedule.builder()
                .totalIterations(100)
                .returnFraction(0.4)
                .build();
        schedule.validate();
        assertEquals(new Coefficients(8, 1, 8), schedule.at(0));
        assertEquals(new Coefficients(6, 2, 8), schedule.at(60));
        assertEquals(new Coefficients(6, 2, 8), schedule.at(69));
        assertEquals(new Coefficients(7, 1, 8), schedule.at(75));
        assertEquals(new Coefficients(8, 0, 8), schedule.at(91));
        assertEquals(new Coefficients(8, 0, 8), schedule.at(100));
        assertEquals(new Coefficients(8, 0, 8), schedule.at(1000));
    }

    /** At (1, 0) nothing comes back, so it is checkpointed: the gradients are those of everything stored. */
    @Test
    void gradientsOnTheWayBackAreExact() {
        CoefficientSchedule schedule = CoefficientSchedule.builder()
                .totalIterations(4)
                .endFraction(0.25)
                .returnFraction(0.75)
                .build();
        ComputationGraph reverse = converted(schedule);
        ComputationGraph stored = Lean.convert(
                        plain(DataType.DOUBLE), Memory.reversible(schedule).mode(ChainMode.STORE))
                .network();
        for (int i = 0; i < 5; i++) {
            reverse.fit(data());
            stored.fit(data());
        }
        Compare.near(Lean.restore(stored).params(), Lean.restore(reverse).params(), 1e-9, "parameters");
    }

    @Test
    void frozenContainersOfGraphsComeBackFrozen() {
        INDArray x = ResidualGraphs.data(DataType.FLOAT, 3).getFeatures();
        for (boolean razor : new boolean[] {false, true}) {
            ComputationGraph net = razor
                    ? Lean.convert(plain(DataType.FLOAT), Memory.razor(0.9)).network()
                    : converted(DataType.FLOAT, CoefficientSchedule.constant(1, 0.125));
            ComputationGraph frozen = new TransferLearning.GraphBuilder(net)
                    .fineTuneConfiguration(FINE)
                    .setFeatureExtractor(net.getConfiguration()
                            .getVertexInputs()
                            .get("output")
                            .get(0))
                    .build();
            ComputationGraph back = razor ? Lean.restore(frozen) : Lean.restore(frozen);
            assertEquals(
                    plain(DataType.FLOAT).getConfiguration().getVertices().keySet(),
                    back.getConfiguration().getVertices().keySet());
            Compare.same(plain(DataType.FLOAT).params(), back.params(), "parameters");
            Compare.near(plain(DataType.FLOAT).outputSingle(x), back.outputSingle(x), 1e-6, "outputs");
            INDArray before = back.getLayer("pre2.conv1").params().dup();
            INDArray head = back.getLayer("output").params().dup();
            back.fit(ResidualGraphs.data(DataType.FLOAT, 3));
            Compare.same(before, back.getLayer("pre2.conv1").params(), "a frozen layer");
            Compare.different(head, back.getLayer("output").params(), "the layer behind");
        }
    }

    @Test
    void frozenContainersOfNetworksComeBackFrozen() {
        MultiLayerNetwork dense = ResidualGraphs.network(
                DataType.FLOAT,
                new DenseLayer.Builder().nOut(6).activation(Activation.TANH).build(),
                new DenseLayer.Builder().nOut(4).activation(Activation.TANH).build());
        MultiLayerNetwork frozen = new TransferLearning.Builder(
                        Lean.convert(dense, Memory.razor(0.9)).network())
                .fineTuneConfiguration(FINE)
                .setFeatureExtractor(0)
                .build();
        MultiLayerNetwork back = Lean.restore(frozen);
        assertEquals(3, back.getnLayers());
        for (int i = 0; i < 2; i++) {
            assertTrue(back.getLayerWiseConfigurations().getConf(i).getLayer() instanceof FrozenLayer, "layer " + i);
        }
        Compare.same(dense.params(), back.params(), "parameters");
    }

    @Test
    void twoConversionsGiveTwoNames() {
        MultiLayerNetwork net = TransformerGraphs.network("a", "b", "c", "d");
        MultiLayerNetwork once =
                Lean.convert(net, Memory.reversible().except("c", "d")).network();
        Conversion<MultiLayerNetwork> twice = Lean.convert(once, Memory.reversible());
        assertEquals("chain2", twice.report().chains().get(0).name());
        assertEquals(
                List.of("chain1", "chain2"),
                List.of(
                        twice.network().getLayer(0).conf().getLayer().getLayerName(),
                        twice.network().getLayer(1).conf().getLayer().getLayerName()));
        Compare.same(net.params(), Lean.restore(twice.network()).params(), "parameters");
    }

    @Test
    void networksWithoutParametersAreRefused() {
        ComputationGraph graph =
                new ComputationGraph(plain(DataType.DOUBLE).getConfiguration().clone());
        MultiLayerNetwork net = new MultiLayerNetwork(ResidualGraphs.network(
                        DataType.DOUBLE, new DenseLayer.Builder().nOut(6).build())
                .getLayerWiseConfigurations()
                .clone());
        List<org.junit.jupiter.api.function.Executable> calls = List.of(
                () -> Lean.convert(graph, Memory.reversible()),
                () -> Lean.restore(graph, null),
                () -> Lean.convert(graph, Memory.razor(0.9)),
                () -> Lean.restore(graph),
                () -> Lean.convert(graph, Memory.sharedNorms()).network(),
                () -> Lean.convert(net, Memory.reversible()),
                () -> Lean.restore(net, null),
                () -> Lean.convert(net, Memory.razor(0.9)),
                () -> Lean.restore(net),
                () -> Lean.convert(net, Memory.sharedNorms()).network());
        for (var call : calls) {
            String message = org.junit.jupiter.api.Assertions.assertThrows(IllegalArgumentException.class, call)
                    .getMessage();
            assertTrue(message.contains("call net.init()"), message);
        }
    }

    @Test
    void chainsThatStayAreNoMadeOnes() {
        ReversibleChain made = new ReversibleChain.Builder()
                .subBlock(
                        SubBlock.of("a", new DenseLayer.Builder().nIn(4).nOut(4).build()))
                .schedule(CoefficientSchedule.constant(1, 0.125))
                .build();
        assertFalse(Restorer.isMade(made));
    }

    @Test
    void aSampleOfAnotherNumberOfArraysIsRefused() {
        ComputationGraph net = converted(CoefficientSchedule.constant(1, 0.125));
        INDArray x = data().getFeatures();
        String message = assertThrows(IllegalArgumentException.class, () -> Lean.restore(net, Sample.of(x, x)))
                .getMessage();
        assertTrue(message.contains("one array per input of the network, 1; got 2"), message);
    }
}
