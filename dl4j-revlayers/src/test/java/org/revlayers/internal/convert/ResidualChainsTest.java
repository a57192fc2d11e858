package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.Lean;
import org.revlayers.chain.ChainHost;
import org.revlayers.convert.ConversionReport;
import org.revlayers.keep.Memory;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** Rows of residual blocks of a graph as chains: same function at (1, 0), same parameters, and back. */
class ResidualChainsTest {

    private static ComputationGraph trained(boolean preActivation, DataType type) {
        ComputationGraph net = ResidualGraphs.net(preActivation, ResidualGraphs.global(type));
        for (int i = 0; i < 3; i++) {
            net.fit(ResidualGraphs.data(type, 4));
        }
        return net;
    }

    private static Memory plain(ChainMode mode) {
        return Memory.reversible(CoefficientSchedule.constant(1, 0)).mode(mode).streams(StreamType.FLOAT);
    }

    @Test
    void findsTheRowsOfPostActivationBlocks() {
        ConversionReport report = Lean.convert(trained(false, DataType.FLOAT), Memory.reversible())
                .report();
        assertEquals(2, report.chains().size());
        ConversionReport.Unit first = report.chains().get(0);
        assertEquals("chain1", first.name());
        assertEquals(2, first.subBlocks());
        assertEquals(
                List.of(
                        "s1_b_conv1",
                        "s1_b_bn1",
                        "s1_b_relu1",
                        "s1_b_conv2",
                        "s1_b_bn2",
                        "s1_b_add",
                        "s1_b_out",
                        "s1_c_conv1",
                        "s1_c_bn1",
                        "s1_c_relu1",
                        "s1_c_conv2",
                        "s1_c_bn2",
                        "s1_c_add",
                        "s1_c_out"),
                first.members());
        assertEquals(
                List.of("s1_a_add", "s2_a_add"),
                ResidualGraphs.leftOfBlocks(report).stream()
                        .map(ConversionReport.Left::name)
                        .toList());
        assertTrue(ResidualGraphs.leftOfBlocks(report).get(0).reason().contains("projection"), report.toString());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void computesTheSameAtOneAndZero(boolean preActivation) {
        ComputationGraph net = trained(preActivation, DataType.FLOAT);
        INDArray x = ResidualGraphs.data(DataType.FLOAT, 4).getFeatures();
        INDArray expected = net.outputSingle(x);
        for (ChainMode mode : List.of(ChainMode.STORE, ChainMode.CHECKPOINT)) {
            ComputationGraph converted = Lean.convert(net, plain(mode)).network();
            double difference =
                    expected.sub(converted.outputSingle(x)).amaxNumber().doubleValue();
            System.out.println(preActivation + " " + mode + " " + difference);
            assertEquals(0, difference, 1e-6);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void trainsAsBeforeAtOneAndZero(boolean preActivation) {
        ComputationGraph net = trained(preActivation, DataType.DOUBLE);
        ComputationGraph converted = Lean.convert(net, plain(ChainMode.STORE).streams(StreamType.DOUBLE))
                .network();
        for (int i = 0; i < 3; i++) {
            net.fit(ResidualGraphs.data(DataType.DOUBLE, 3 + i));
            converted.fit(ResidualGraphs.data(DataType.DOUBLE, 3 + i));
        }
        ComputationGraph back = Lean.restore(converted);
        for (String name : net.paramTable().keySet()) {
            double difference =
                    net.getParam(name).sub(back.getParam(name)).amaxNumber().doubleValue();
            assertEquals(0, difference, 1e-9, name);
        }
        assertEquals(
                0,
                net.getUpdater()
                        .getStateViewArray()
                        .sub(back.getUpdater().getStateViewArray())
                        .amaxNumber()
                        .doubleValue(),
                1e-9);
    }

    /** Inputs by vertex; which one of an addition comes first does not matter. */
    private static Map<String, Set<String>> edges(ComputationGraph net) {
        Map<String, Set<String>> edges = new LinkedHashMap<>();
        net.getConfiguration().getVertexInputs().forEach((name, inputs) -> edges.put(name, Set.copyOf(inputs)));
        return edges;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void comesBackWithTheSameBits(boolean preActivation) {
        ComputationGraph net = trained(preActivation, DataType.FLOAT);
        ComputationGraph back =
                Lean.restore(Lean.convert(net, Memory.reversible()).network());
        assertEquals(net.paramTable().keySet(), back.paramTable().keySet());
        assertEquals(
                net.getConfiguration().getVertices(), back.getConfiguration().getVertices());
        assertEquals(edges(net), edges(back));
        assertTrue(net.params().equalsWithEps(back.params(), 0));
        assertTrue(net.getUpdater()
                .getStateViewArray()
                .equalsWithEps(back.getUpdater().getStateViewArray(), 0));
        DataSet data = ResidualGraphs.data(DataType.FLOAT, 4);
        assertTrue(net.outputSingle(data.getFeatures()).equalsWithEps(back.outputSingle(data.getFeatures()), 0));
        net.fit(data);
        back.fit(data);
        assertTrue(net.params().equalsWithEps(back.params(), 0));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void trainsAlikeInAllModes(boolean preActivation) {
        ComputationGraph net = trained(preActivation, DataType.FLOAT);
        INDArray expected = null;
        for (ChainMode mode : ChainMode.values()) {
            ComputationGraph converted =
                    Lean.convert(net, Memory.reversible().mode(mode)).network();
            for (int i = 0; i < 3; i++) {
                converted.fit(ResidualGraphs.data(DataType.FLOAT, 4));
            }
            if (expected == null) {
                expected = converted.params();
                assertEquals(3, ((ChainHost) converted.getLayer("chain1")).verifiedReconstructions());
            }
            assertTrue(expected.equalsWithEps(converted.params(), 0), mode.toString());
        }
    }
}
