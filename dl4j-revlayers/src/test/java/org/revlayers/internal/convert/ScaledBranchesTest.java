package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.Lean;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.convert.Conversion;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** Blocks x + s·F(x), as Inception-ResNet has them: a {@link ScaleVertex} on the branch, wherever it is, is part of F. */
class ScaledBranchesTest {

    private static final double S = 0.3;

    private static Memory options(ChainMode mode) {
        return Memory.reversible(CoefficientSchedule.constant(1, 0)).mode(mode).streams(StreamType.DOUBLE);
    }

    private static String block(GraphBuilder g, String name, String from, boolean scaleFirst) {
        String at = from;
        if (scaleFirst) {
            g.addVertex(name + "_scale", new ScaleVertex(S), at);
            at = name + "_scale";
        }
        ResidualGraphs.conv(g, name + "_conv1", at, 4, 3, 1);
        ResidualGraphs.relu(g, name + "_relu1", name + "_conv1");
        ResidualGraphs.conv(g, name + "_conv2", name + "_relu1", 4, 3, 1);
        at = name + "_conv2";
        if (!scaleFirst) {
            g.addVertex(name + "_scale", new ScaleVertex(S), at);
            at = name + "_scale";
        }
        ResidualGraphs.add(g, name + "_add", at, from);
        ResidualGraphs.relu(g, name, name + "_add");
        return name;
    }

    private static ComputationGraph net(DataType type) {
        GraphBuilder g = ResidualGraphs.begin(ResidualGraphs.global(type));
        String at = block(g, "a", "stem_conv", false);
        at = block(g, "b", at, true);
        return ResidualGraphs.finish(g, block(g, "c", at, false));
    }

    private static DataSet data() {
        return ResidualGraphs.data(DataType.DOUBLE, 4);
    }

    @ParameterizedTest
    @EnumSource(
            value = ChainMode.class,
            names = {"STORE", "CHECKPOINT"})
    void aScaledBranchIsABranch(ChainMode mode) {
        ComputationGraph net = net(DataType.DOUBLE);
        Conversion<ComputationGraph> result = Lean.convert(net, options(mode));
        ComputationGraph chains = result.network();
        assertEquals(1, result.report().chains().size());
        assertEquals(3, result.report().chains().get(0).subBlocks());
        assertEquals(List.of(), ResidualGraphs.leftOfBlocks(result.report()));
        for (int i = 0; i < 3; i++) {
            Compare.near(
                    net.outputSingle(data().getFeatures()), chains.outputSingle(data().getFeatures()), 1e-9, "output");
            net.fit(data());
            chains.fit(data());
        }
        ComputationGraph back = Lean.restore(chains);
        assertEquals(
                net.getConfiguration().getVertices(), back.getConfiguration().getVertices());
        assertEquals(
                net.getConfiguration().getVertexInputs(),
                back.getConfiguration().getVertexInputs());
        Compare.near(net.params(), back.params(), 1e-9, "parameters after steps of Adam");
        Compare.near(
                chains.outputSingle(data().getFeatures()), back.outputSingle(data().getFeatures()), 1e-9, "restored");
    }

    @Test
    void reverseGivesTheGradientsOfStore() {
        CoefficientSchedule start = CoefficientSchedule.constant(1, 0.125);
        INDArray[] gradients = new INDArray[2];
        for (int i = 0; i < 2; i++) {
            ComputationGraph chains = Lean.convert(
                            net(DataType.DOUBLE),
                            Memory.reversible(start)
                                    .mode(i == 0 ? ChainMode.STORE : ChainMode.REVERSE)
                                    .streams(StreamType.DOUBLE))
                    .network();
            chains.setInput(0, data().getFeatures());
            chains.setLabel(0, data().getLabels());
            chains.computeGradientAndScore();
            gradients[i] = chains.gradient().gradient().dup();
        }
        Compare.near(gradients[0], gradients[1], 1e-8, "gradients");
    }

    @Test
    void aSavedChainKeepsItsFactor(@TempDir Path folder) throws IOException {
        ComputationGraph chains =
                Lean.convert(net(DataType.DOUBLE), options(ChainMode.STORE)).network();
        File file = folder.resolve("net.zip").toFile();
        chains.save(file);
        INDArray x = data().getFeatures();
        INDArray expected = chains.outputSingle(x);
        Compare.same(expected, ComputationGraph.load(file, true).outputSingle(x), "loaded");
        Compare.same(expected, chains.clone().outputSingle(x), "clone");
    }

    @Test
    void frozenScaledBranchesComeBackFrozen() {
        ComputationGraph net = net(DataType.DOUBLE);
        ComputationGraph chains = Lean.convert(net, options(ChainMode.STORE)).network();
        ComputationGraph frozen = new TransferLearning.GraphBuilder(chains)
                .setFeatureExtractor("chain1")
                .build();
        ComputationGraph back = Lean.restore(frozen);
        INDArray x = data().getFeatures();
        assertTrue(back.getConfiguration().getVertices().get("a_scale") instanceof FrozenVertex);
        Compare.near(net.outputSingle(x), back.outputSingle(x), 1e-6, "restored"); // M2.1's transfer learning rounds
        back.fit(data());
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"DOUBLE", "FLOAT", "HALF"})
    void razorTakesThemToo(DataType type) {
        ComputationGraph net = net(type);
        INDArray x = ResidualGraphs.data(type, 4).getFeatures();
        for (boolean stock : new boolean[] {false, true}) {
            Conversion<ComputationGraph> result =
                    Lean.convert(net, Memory.razor(0).stockHosts(stock));
            assertTrue(
                    result.report().razors().stream().anyMatch(s -> s.members().contains("a_scale")),
                    result.report()::toString);
            double tolerance = type == DataType.FLOAT16 ? 1e-2 : type == DataType.FLOAT ? 1e-5 : 1e-9;
            Compare.near(net.outputSingle(x), result.network().outputSingle(x), tolerance, "razor");
            ComputationGraph back = Lean.restore(result.network());
            assertEquals(
                    net.getConfiguration().getVertices(),
                    back.getConfiguration().getVertices());
            Compare.same(net.outputSingle(x), back.outputSingle(x), "restored");
            result.network().fit(ResidualGraphs.data(type, 4));
        }
    }

    @Test
    void aBranchThatOnlyMultipliesIsNone() {
        GraphBuilder g = ResidualGraphs.begin(ResidualGraphs.global(DataType.DOUBLE));
        g.addVertex("scale", new ScaleVertex(S), "stem_conv");
        ResidualGraphs.add(g, "sum", "stem_conv", "scale");
        ComputationGraph net = ResidualGraphs.finish(g, "sum");
        String message = assertThrows(IllegalArgumentException.class, () -> Lean.convert(net, options(ChainMode.STORE)))
                .getMessage();
        assertTrue(message.contains("sum=the branch multiplies by a constant, and has no layer"), message);
    }

    @Test
    void theChainHoldsTheFactor() {
        ComputationGraph chains =
                Lean.convert(net(DataType.DOUBLE), options(ChainMode.STORE)).network();
        ReversibleChain chain =
                (ReversibleChain) chains.getLayer("chain1").conf().getLayer();
        assertTrue(chain.toString().contains("factor=" + S), chain::toString);
    }
}
