package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.Lean;
import org.revlayers.container.RazorSequence;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Sample;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.Compare;

/** Networks as razor sequences: the same function, the same parameters, and back. */
class RazorConversionTest {

    private static final Memory ALL = Memory.razor(0).values(RazorValues.FULL).activations(ActivationMemory.DENSE);

    private static ComputationGraph graph(boolean preActivation, DataType type) {
        ComputationGraph net = ResidualGraphs.net(preActivation, ResidualGraphs.global(type));
        for (int i = 0; i < 3; i++) {
            net.fit(ResidualGraphs.data(type, 4));
        }
        return net;
    }

    private static MultiLayerNetwork network(DataType type) {
        MultiLayerNetwork net = ResidualGraphs.network(
                type,
                new ConvolutionLayer.Builder(3, 3)
                        .name("conv_1")
                        .nOut(4)
                        .activation(Activation.RELU)
                        .build(),
                new BatchNormalization(),
                new SubsamplingLayer.Builder(new int[] {2, 2}, new int[] {2, 2}).build(),
                new DenseLayer.Builder().nOut(7).activation(Activation.GELU).build(),
                new DenseLayer.Builder()
                        .nOut(6)
                        .activation(Activation.TANH)
                        .name("last")
                        .build());
        net.fit(ResidualGraphs.data(type, 4));
        return net;
    }

    @Test
    void aRunGoesThroughResidualBlocks() {
        ComputationGraph net = graph(false, DataType.FLOAT);
        ConversionReport report = Lean.convert(net, Memory.razor(0.9)).report();
        assertEquals(1, report.razors().size(), report.toString());
        assertEquals("razor1", report.razors().get(0).name());
        List<String> inside = report.razors().get(0).members();
        assertEquals(net.getConfiguration().getVertices().size() - 1, inside.size(), "all but the output layer");
        assertTrue(inside.containsAll(List.of("stem_conv", "s1_a_short", "s1_a_add", "s2_c_out", "pool")));
        assertEquals(List.of(new ConversionReport.Left("output", "has a loss")), report.left());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void graphsComputeTheSame(boolean preActivation) {
        ComputationGraph net = graph(preActivation, DataType.FLOAT);
        INDArray x = ResidualGraphs.data(DataType.FLOAT, 4).getFeatures();
        Conversion<ComputationGraph> result = Lean.convert(net, Memory.razor(0.9), Sample.of(x));
        Compare.near(net.outputSingle(x), result.network().outputSingle(x), 1e-6, "output");
        ConversionReport.Comparison comparison = result.report().comparison();
        assertEquals(0, comparison.start(), 1e-6);
        assertTrue(
                comparison.keptAfter() < 0.3 * comparison.keptBefore(),
                result.report().toString());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void graphsTrainAsBeforeIfNothingIsDropped(boolean preActivation) {
        ComputationGraph net = graph(preActivation, DataType.DOUBLE);
        ComputationGraph converted = Lean.convert(net, ALL).network();
        for (int i = 0; i < 3; i++) {
            net.fit(ResidualGraphs.data(DataType.DOUBLE, 3 + i));
            converted.fit(ResidualGraphs.data(DataType.DOUBLE, 3 + i));
        }
        ComputationGraph back = Lean.restore(converted);
        for (String name : net.paramTable().keySet()) {
            Compare.near(net.getParam(name), back.getParam(name), 1e-9, name);
        }
        Compare.near(
                net.getUpdater().getStateViewArray(), back.getUpdater().getStateViewArray(), 1e-9, "updater state");
    }

    private static Map<String, Set<String>> edges(ComputationGraph net) {
        Map<String, Set<String>> edges = new LinkedHashMap<>();
        net.getConfiguration().getVertexInputs().forEach((name, inputs) -> edges.put(name, Set.copyOf(inputs)));
        return edges;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void graphsComeBackWithTheSameBits(boolean preActivation) {
        ComputationGraph net = graph(preActivation, DataType.FLOAT);
        ComputationGraph converted = Lean.convert(net, Memory.razor(0.9)).network();
        ComputationGraph back = Lean.restore(converted);
        assertEquals(
                net.getConfiguration().getVertices(), back.getConfiguration().getVertices());
        assertEquals(edges(net), edges(back));
        Compare.same(net.params(), back.params(), "parameters");
        Compare.same(net.getUpdater().getStateViewArray(), back.getUpdater().getStateViewArray(), "updater state");
        DataSet data = ResidualGraphs.data(DataType.FLOAT, 4);
        net.fit(data);
        back.fit(data);
        Compare.same(net.params(), back.params(), "parameters after a step");
    }

    @Test
    void layersAreNamedAsTheyWere() {
        ComputationGraph net = graph(false, DataType.FLOAT);
        Thinning own = new Thinning(0.5, RazorValues.INT8);
        ComputationGraph converted = Lean.convert(
                        net,
                        Memory.razor(0.9)
                                .except("s1_b_add")
                                .at("s2_a_conv2", Memory.store())
                                .at("s2_b_conv1", Memory.razor(0.5).values(RazorValues.INT8)))
                .network();
        assertTrue(converted.getConfiguration().getVertices().containsKey("s1_b_add"), "excepted");
        RazorSequence last = (RazorSequence) converted.getLayer("razor3").conf().getLayer();
        assertEquals(Map.of("s2-b-conv1", own), last.getThinnings());
        assertEquals(List.of("s2-a-conv2"), last.getDense());
        INDArray x = ResidualGraphs.data(DataType.FLOAT, 2).getFeatures();
        Compare.near(net.outputSingle(x), converted.outputSingle(x), 1e-6, "output");
        assertEquals(
                net.getConfiguration().getVertices(),
                Lean.restore(converted).getConfiguration().getVertices());
    }

    @Test
    void networksComputeTheSameAndComeBack() {
        MultiLayerNetwork net = network(DataType.FLOAT);
        INDArray x = ResidualGraphs.data(DataType.FLOAT, 3).getFeatures();
        Conversion<MultiLayerNetwork> result = Lean.convert(net, Memory.razor(0.9), Sample.of(x));
        assertEquals(
                List.of(
                        new ConversionReport.Unit("razor sequence", "razor1", List.of("conv_1", "layer1", "layer2"), 0),
                        new ConversionReport.Unit("razor sequence", "razor2", List.of("layer3", "last"), 0)),
                result.report().razors());
        assertTrue(result.report().comparison().start() < 1e-6);
        result.network().fit(ResidualGraphs.data(DataType.FLOAT, 3));
        MultiLayerNetwork back =
                Lean.restore(Lean.convert(net, Memory.razor(0.9)).network());
        Compare.same(net.params(), back.params(), "parameters");
        Compare.same(net.getUpdater().getStateViewArray(), back.getUpdater().getStateViewArray(), "updater state");
        Compare.same(net.output(x), back.output(x), "output");
    }

    @Test
    void networksTrainAsBeforeIfNothingIsDropped() {
        MultiLayerNetwork net = network(DataType.DOUBLE);
        MultiLayerNetwork converted = Lean.convert(net, ALL).network();
        for (int i = 0; i < 3; i++) {
            net.fit(ResidualGraphs.data(DataType.DOUBLE, 3 + i));
            converted.fit(ResidualGraphs.data(DataType.DOUBLE, 3 + i));
        }
        Compare.near(net.params(), Lean.restore(converted).params(), 1e-9, "parameters");
    }

    @Test
    void nothingToDoIsSaid() {
        MultiLayerNetwork net = network(DataType.FLOAT);
        Memory none = Memory.razor(0.9).except("layer1", "layer2", "last");
        String message = assertThrows(IllegalArgumentException.class, () -> Lean.convert(net, none))
                .getMessage();
        assertTrue(message.contains("nothing to convert") && message.contains("excepted"), message);
        message = assertThrows(IllegalArgumentException.class, () -> Lean.restore(net))
                .getMessage();
        assertTrue(message.contains("nothing to restore"), message);
    }

    private static void names(String option, Executable conversion) {
        String message =
                assertThrows(IllegalArgumentException.class, conversion).getMessage();
        assertTrue(message.contains("\"" + option + "\" names \"nobody\""), message);
        assertTrue(message.contains("conv"), message);
    }

    @Test
    void unknownNamesAreRefused() {
        Set<String> nobody = Set.of("nobody");
        ComputationGraph graph = graph(false, DataType.FLOAT);
        MultiLayerNetwork network = network(DataType.FLOAT);
        Map<String, Memory> wrong = Map.of(
                "except", Memory.razor(0.9).except(nobody.toArray(String[]::new)),
                "at", Memory.razor(0.9).at("nobody", Memory.razor(0.5).values(RazorValues.FP16)));
        wrong.forEach((option, options) -> {
            names(option, () -> Lean.convert(graph, options));
            names(option, () -> Lean.convert(network, options));
        });
        Memory reversify = Memory.reversible().except(nobody.toArray(String[]::new));
        names("except", () -> Lean.convert(graph, reversify));
        names("except", () -> Lean.convert(network, reversify));
        Memory sharing = Memory.sharedNorms().except("nobody");
        names("except", () -> Lean.convert(graph, sharing).network());
        names("except", () -> Lean.convert(network, sharing).network());
    }
}
