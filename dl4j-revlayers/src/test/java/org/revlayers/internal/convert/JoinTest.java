package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.SubBlock;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.internal.container.ContainerHost;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.layers.Tolerances;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.memory.MemoryReport;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamMerge;

/** Containers in a line become one layer: the same training, fewer bytes, and the way back. */
class JoinTest {

    private static final List<String> LINE = List.of("rest1", "rest2", "chain1", "rest3", "chain2");

    private static ComputationGraph plain(DataType type) {
        ComputationGraph net = ResidualGraphs.net(false, ResidualGraphs.global(type));
        net.fit(ResidualGraphs.data(type, 4)); // the updater has a state
        return net;
    }

    private static ComputationGraph lean(DataType type, Memory memory) {
        return Lean.convert(plain(type), memory.otherwise(Memory.checkpoint())).network();
    }

    private static Memory chains() {
        return Memory.reversible(CoefficientSchedule.constant(0.875, 0.125));
    }

    private static Stream<Memory> memories() {
        return Stream.of(chains(), Memory.checkpoint());
    }

    @ParameterizedTest
    @MethodSource("memories")
    void trainsAsEachByItself(Memory memory) {
        ComputationGraph apart = lean(DataType.DOUBLE, memory);
        ComputationGraph joined = Lean.join(apart);
        assertEquals(List.of(LINE), Lean.joinable(apart));
        assertArrayEquals(
                new Object[] {"joined1", "pool", "output"},
                joined.getConfiguration().getVertices().keySet().toArray());
        INDArray x = ResidualGraphs.data(DataType.DOUBLE, 3).getFeatures();
        Compare.near(apart.outputSingle(x), joined.outputSingle(x), 1e-12, "output");
        for (int i = 0; i < 3; i++) {
            apart.fit(ResidualGraphs.data(DataType.DOUBLE, 3 + i));
            joined.fit(ResidualGraphs.data(DataType.DOUBLE, 3 + i));
            assertEquals(apart.score(), joined.score(), 1e-9, "step " + i);
        }
        ComputationGraph a = Lean.restore(apart);
        ComputationGraph b = Lean.restore(joined);
        a.paramTable().forEach((name, p) -> Compare.near(p, b.getParam(name), 1e-9, name));
        Compare.near(a.getUpdater().getStateViewArray(), b.getUpdater().getStateViewArray(), 1e-9, "updater");
    }

    @ParameterizedTest
    @MethodSource("memories")
    void comesBackWithTheSameBits(Memory memory) {
        ComputationGraph net = plain(DataType.FLOAT);
        ComputationGraph joined = Lean.join(
                Lean.convert(net, memory.otherwise(Memory.checkpoint())).network());
        ComputationGraph back = Lean.restore(joined);
        assertEquals(
                net.getConfiguration().getVertices(), back.getConfiguration().getVertices());
        Compare.same(net.params(), back.params(), "parameters");
        Compare.same(net.getUpdater().getStateViewArray(), back.getUpdater().getStateViewArray(), "updater");
        Compare.same(
                net.getLayer("s2_b_conv2").getParam("W"),
                Lean.parameters(joined, "s2_b_conv2").get("W"),
                "by the name before");
    }

    @Test
    void keepsLessBetweenThemAndLessAtThePeak() {
        DataSet data = ResidualGraphs.data(DataType.FLOAT, 8);
        ComputationGraph apart = lean(DataType.FLOAT, chains());
        ComputationGraph joined = Lean.join(apart);
        MemoryReport before = report(apart, data);
        MemoryReport after = report(joined, data);
        long outputs =
                4L * 8 * (2 * 4 * 36 + 6 * 9); // of rest2, rest3 and chain1: nobody reads two, and one is made again
        assertTrue(after.keptBytes() <= before.keptBytes() - outputs, after.keptBytes() + " of " + before);
        assertTrue(after.peakBytes() < before.peakBytes(), after.peakBytes() + " of " + before.peakBytes());
    }

    private static MemoryReport report(ComputationGraph net, DataSet data) {
        net.fit(data);
        MemoryListener memory = new MemoryListener();
        net.addListeners(memory);
        net.fit(data);
        return memory.report();
    }

    @Test
    void reconstructionsAreProvedAsBefore() {
        DataSet data = ResidualGraphs.data(DataType.FLOAT, 4);
        ComputationGraph apart = lean(DataType.FLOAT, chains());
        ComputationGraph joined = Lean.join(apart);
        for (int i = 0; i < 3; i++) {
            apart.fit(data);
            joined.fit(data);
        }
        assertEquals(6, proved(apart));
        assertEquals(6, proved(joined));
    }

    private static long proved(ComputationGraph net) {
        return Stream.of(net.getLayers())
                .filter(ContainerHost.class::isInstance)
                .mapToLong(host -> ((ContainerHost<?>) host).verifiedReconstructions())
                .sum();
    }

    /** From a file it goes on as without one. */
    @Test
    void survivesItsFile() throws IOException {
        DataSet data = ResidualGraphs.data(DataType.FLOAT, 4);
        ComputationGraph net = Lean.join(lean(DataType.FLOAT, chains()));
        net.fit(data);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ModelSerializer.writeModel(net, file, true);
        ComputationGraph loaded =
                ModelSerializer.restoreComputationGraph(new ByteArrayInputStream(file.toByteArray()), true);
        ComputationGraph copy = net.clone();
        assertEquals(net.getConfiguration(), loaded.getConfiguration());
        INDArray x = data.getFeatures();
        Compare.same(net.outputSingle(x), loaded.outputSingle(x), "from a file");
        Compare.same(net.outputSingle(x), copy.outputSingle(x), "a clone");
        net.fit(data);
        loaded.fit(data);
        Compare.same(net.params(), loaded.params(), "a step later");
    }

    @Test
    void ratesAndUpdatersReachTheLayersInside() {
        DataSet data = ResidualGraphs.data(DataType.DOUBLE, 4);
        ComputationGraph apart = lean(DataType.DOUBLE, chains());
        ComputationGraph joined = Lean.join(apart);
        for (ComputationGraph net : List.of(apart, joined)) {
            net.setLearningRate(0.02);
            net.fit(data);
        }
        near(apart, joined);
        FineTuneConfiguration fine = new FineTuneConfiguration.Builder()
                .updater(new Nesterovs(0.05))
                .l2(0.01)
                .build();
        ComputationGraph tuned = new TransferLearning.GraphBuilder(joined)
                .fineTuneConfiguration(fine)
                .build();
        ComputationGraph expected = new TransferLearning.GraphBuilder(apart)
                .fineTuneConfiguration(fine)
                .build();
        for (int i = 0; i < 2; i++) {
            tuned.fit(data);
            expected.fit(data);
        }
        near(expected, tuned);
    }

    private static void near(ComputationGraph apart, ComputationGraph joined) {
        ComputationGraph a = Lean.restore(apart);
        ComputationGraph b = Lean.restore(joined);
        a.paramTable().forEach((name, p) -> Compare.near(p, b.getParam(name), 1e-9, name));
    }

    /** Of chains that somebody wrote, with names that parameters may not have. */
    @Test
    void whatAProgramWroteIsJoinedToo() {
        DataSet data = ResidualGraphs.data(DataType.DOUBLE, 4);
        MultiLayerNetwork apart = ResidualGraphs.network(
                DataType.DOUBLE,
                checkpoint("a_1"),
                chain("b.2"),
                checkpoint("a_1"),
                new ActivationLayer(Activation.TANH));
        MultiLayerNetwork joined = Lean.join(apart);
        assertEquals(List.of(List.of("a_1", "b.2", "a_1")), Lean.joinable(apart));
        assertEquals(Set.of("a-1", "b-2", "a-1-2"), heads(joined));
        apart.fit(data);
        joined.fit(data);
        Compare.near(apart.params(), joined.params(), 1e-9, "parameters, in the same order");
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Lean.restore(joined))
                .getMessage()
                .contains("nothing to restore"));
    }

    /** An updater of a layer inside is not that of its container. */
    @Test
    void updatersOfLayersInsideStayTheirs() {
        DataSet data = ResidualGraphs.data(DataType.DOUBLE, 4);
        MultiLayerNetwork apart =
                ResidualGraphs.network(DataType.DOUBLE, checkpoint("a", new Sgd(0.1)), checkpoint("b", new Sgd(0.1)));
        MultiLayerNetwork joined = Lean.join(apart);
        for (int i = 0; i < 2; i++) {
            apart.fit(data);
            joined.fit(data);
        }
        Compare.near(apart.params(), joined.params(), 1e-9, "Sgd inside, Adam around");
    }

    private static Layer checkpoint(String name, IUpdater updater) {
        return new CheckpointSequence.Builder()
                .name(name)
                .layers(new ConvolutionLayer.Builder(1, 1)
                        .nOut(2)
                        .updater(updater)
                        .activation(Activation.IDENTITY)
                        .build())
                .build();
    }

    private static Set<String> heads(MultiLayerNetwork net) {
        return net.getLayer(0).paramTable().keySet().stream()
                .map(name -> name.substring(0, name.indexOf('.')))
                .collect(Collectors.toSet());
    }

    private static Layer convolution() {
        return new ConvolutionLayer.Builder(1, 1)
                .nOut(2)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static Layer checkpoint(String name) {
        return new CheckpointSequence.Builder()
                .name(name)
                .layers(convolution(), new BatchNormalization())
                .build();
    }

    private static Layer chain(String name) {
        return new ReversibleChain.Builder()
                .name(name)
                .subBlock(SubBlock.of("f", convolution()))
                .subBlock(SubBlock.of("g", convolution()))
                .exit(new ActivationLayer(Activation.RELU))
                .build();
    }

    private static Layer sequence(String name, Memory memory) {
        return new RazorSequence.Builder()
                .name(name)
                .memory(memory)
                .layers(convolution(), new ActivationLayer(Activation.RELU))
                .build();
    }

    @Test
    void whatThinsWorksInPlaceOrIsNoContainerEndsALine() {
        MultiLayerNetwork net = ResidualGraphs.network(
                DataType.FLOAT,
                checkpoint("a"),
                sequence("b", Memory.store()),
                sequence("c", Memory.razor(0.9)),
                chain("d"),
                checkpoint("e"),
                sequence("f", Memory.inPlace()),
                chain("g"),
                new RazorSequence.Builder()
                        .name("n")
                        .memory(Memory.store())
                        .layers(sequence("inner", Memory.razor(0.9)))
                        .build(),
                convolution(),
                checkpoint("h"),
                new CheckpointSequence.Builder()
                        .name("i")
                        .layers(convolution())
                        .dropOut(0.5)
                        .build(),
                new CheckpointSequence.Builder()
                        .name("j")
                        .layers(convolution())
                        .stockHosts(true)
                        .build());
        assertEquals(List.of(List.of("a", "b"), List.of("d", "e")), Lean.joinable(net));
    }

    /** Whose end state is its output. */
    @Test
    void aChainWithoutAnExitStays() {
        ReversibleChain.Builder bare = new ReversibleChain.Builder()
                .name("b")
                .subBlock(SubBlock.of("f", convolution()))
                .subBlock(SubBlock.of("g", convolution()));
        MultiLayerNetwork net =
                ResidualGraphs.network(DataType.FLOAT, checkpoint("a"), bare.build(), checkpoint("c"), checkpoint("d"));
        assertEquals(List.of(List.of("c", "d")), Lean.joinable(net));
        MultiLayerNetwork mean = ResidualGraphs.network(
                DataType.FLOAT, checkpoint("a"), bare.merge(StreamMerge.AVERAGE).build(), checkpoint("c"));
        assertEquals(List.of(List.of("a", "b", "c")), Lean.joinable(mean));
    }

    @Test
    void anOutputIsReadByOthersAndStays() {
        ComputationGraph net = lean(DataType.FLOAT, chains());
        net.getConfiguration().setNetworkOutputs(List.of("output", "chain1"));
        assertEquals(List.of(List.of("rest1", "rest2", "chain1"), List.of("rest3", "chain2")), Lean.joinable(net));
        ComputationGraph joined = Lean.join(net);
        assertArrayEquals(
                new Object[] {"chain1", "joined1", "pool", "output"},
                joined.getConfiguration().getVertices().keySet().toArray(),
                "an output keeps its name");
        INDArray x = ResidualGraphs.data(DataType.FLOAT, 3).getFeatures();
        Compare.near(
                lean(DataType.FLOAT, chains()).feedForward(x, false).get("chain1"),
                joined.feedForward(x, false).get("chain1"),
                Tolerances.FLOAT_ORDER,
                "the second output");
    }

    @Test
    void saysWhenThereIsNothingToJoin() {
        String message = assertThrows(IllegalArgumentException.class, () -> Lean.join(plain(DataType.FLOAT)))
                .getMessage();
        assertTrue(message.contains("nothing to join") && message.contains("Lean.convert"), message);
        assertEquals(List.of(), Lean.joinable(plain(DataType.FLOAT)));
        ComputationGraph joined = Lean.join(lean(DataType.FLOAT, chains()));
        assertThrows(IllegalArgumentException.class, () -> Lean.join(joined), "once is enough");
        assertThrows(IllegalArgumentException.class, () -> Lean.join((MultiLayerNetwork) null));
    }

    /** A preprocessor belongs to the layer behind it. */
    @Test
    void aPreprocessorEndsALine() {
        MultiLayerNetwork net = ResidualGraphs.network(
                DataType.FLOAT,
                checkpoint("a"),
                checkpoint("b"),
                new CheckpointSequence.Builder()
                        .name("c")
                        .layers(new DenseLayer.Builder().nOut(5).build())
                        .build(),
                new CheckpointSequence.Builder()
                        .name("d")
                        .layers(new DenseLayer.Builder().nOut(5).build())
                        .build());
        assertEquals(List.of(List.of("a", "b"), List.of("c", "d")), Lean.joinable(net));
        MultiLayerNetwork joined = Lean.join(net);
        INDArray x = ResidualGraphs.data(DataType.FLOAT, 3).getFeatures();
        Compare.near(net.output(x), joined.output(x), 1e-6, "output");
    }
}
