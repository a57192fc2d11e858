package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
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
import org.revlayers.convert.RestorationReport;
import org.revlayers.convert.Sample;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.layers.Tolerances;
import org.revlayers.listeners.MemoryListener;

/** {@link Memory#inPlace}: frozen statistics without a change of the function, or a leaky ReLU with those of the batch. */
class InPlaceConversionTest {

    private static final int BATCH = 4;
    private static final double STEP = 1e-6;

    @TempDir
    private Path folder;

    /** Running statistics away from 0 and 1, gammas of both signs. */
    private static ComputationGraph net(boolean preActivation, DataType type) {
        ComputationGraph net =
                ResidualGraphs.net(preActivation, ResidualGraphs.global(type).activation(Activation.IDENTITY));
        net.paramTable().forEach((name, values) -> {
            for (long i = 0; i < values.length(); i++) {
                double wave = Math.sin(3 + i + name.length());
                if (name.endsWith("_gamma") || name.endsWith("stdev")) {
                    values.putScalar(i, name.endsWith("stdev") ? wave / 4 : wave);
                } else if (name.endsWith("_beta") || name.endsWith("_mean")) {
                    values.putScalar(i, wave / 4);
                }
            }
        });
        return net;
    }

    private static Map<String, INDArray> statistics(ComputationGraph net) {
        return net.paramTable().entrySet().stream()
                .filter(e -> e.getKey().endsWith("mean") || e.getKey().endsWith("stdev"))
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().dup()));
    }

    private static double score(ComputationGraph net, DataSet data) {
        net.setInputs(data.getFeatures());
        net.setLabels(data.getLabels());
        net.computeGradientAndScore();
        return net.score();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void outputsInInferenceStay(boolean preActivation) {
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
            double tolerance = type == DataType.DOUBLE ? Tolerances.DOUBLE_ORDER : Tolerances.FLOAT_ORDER;
            ComputationGraph net = net(preActivation, type);
            INDArray images = ResidualGraphs.data(type, BATCH).getFeatures();
            ComputationGraph lean = Lean.convert(net, Memory.inPlace()).network();
            Compare.near(net.outputSingle(images), lean.outputSingle(images), tolerance, "inference");
            Compare.near(net.outputSingle(images), lean.outputSingle(true, images), tolerance, "training");
            ComputationGraph back = Lean.restore(lean);
            assertEquals(net.params(), back.params());
            assertEquals(net.outputSingle(images), back.outputSingle(images));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void gradientsAreThoseOfFrozenStatistics(boolean preActivation) {
        DataSet data = ResidualGraphs.data(DataType.DOUBLE, BATCH);
        ComputationGraph lean = Lean.convert(net(preActivation, DataType.DOUBLE), Memory.inPlace())
                .network();
        score(lean, data);
        INDArray gradients = lean.getFlattenedGradients().dup();
        INDArray parameters = lean.params();
        Map<String, INDArray> still = statistics(lean);
        assertFalse(still.isEmpty());
        for (long i = 0; i < parameters.length(); i += 7) {
            double value = parameters.getDouble(i);
            double before = gradients.getDouble(i);
            parameters.putScalar(i, value + STEP);
            double up = score(lean, data);
            parameters.putScalar(i, value - STEP);
            double difference = (up - score(lean, data)) / (2 * STEP);
            parameters.putScalar(i, value);
            if (before != 0) { // statistics have a difference, and no gradient
                assertEquals(difference * BATCH, before, Tolerances.DIFFERENCES * Math.max(1, Math.abs(before)));
            }
        }
        lean.fit(data);
        assertEquals(still, statistics(lean), "running statistics stand still");
    }

    @ParameterizedTest
    @ValueSource(strings = {"in-place", "in-place=slope:0.01"})
    void keepsLessAndAsPredicted(String memory) {
        for (boolean preActivation : new boolean[] {false, true}) {
            DataSet data = ResidualGraphs.data(DataType.FLOAT, BATCH);
            Sample sample = Sample.of(data.getFeatures());
            ComputationGraph net = net(preActivation, DataType.FLOAT);
            Conversion<ComputationGraph> lean = Lean.convert(net, Memory.parse(memory), sample);
            Conversion<ComputationGraph> stored = Lean.convert(net, Memory.store(), sample);
            long kept = kept(lean.network(), data);
            long plain = kept(stored.network(), data);
            assertEquals(
                    stored.report().comparison().keptAfter()
                            - lean.report().comparison().keptAfter(),
                    plain - kept,
                    "what it saves is what is predicted");
            double part = memory.contains("slope") ? 0.85 : 0.65;
            assertTrue(kept < part * plain, () -> memory + " keeps " + kept + " bytes, store " + plain);
        }
    }

    private static long kept(ComputationGraph net, DataSet data) {
        MemoryListener listener = new MemoryListener();
        net.setListeners(listener);
        net.fit(data);
        net.setListeners();
        return listener.report().keptBytes();
    }

    private static Map<String, String> norms(ConversionReport report) {
        return report.norms().stream()
                .collect(Collectors.toMap(ConversionReport.Norm::name, ConversionReport.Norm::what));
    }

    @Test
    void theReportNamesEveryNorm() {
        ConversionReport report =
                Lean.convert(net(false, DataType.FLOAT), Memory.inPlace()).report();
        assertEquals(ConversionReport.IN_PLACE, report.units().get(0).kind());
        Map<String, String> norms = norms(report);
        assertEquals(15, norms.size());
        assertEquals("frozen statistics, in one with the convolution in front", norms.get("s2_a_shortbn"));
        assertTrue(report.toString().contains("batch normalisation s1_b_bn2: frozen statistics, in one"));
        Map<String, String> pre =
                norms(Lean.convert(net(true, DataType.FLOAT), Memory.inPlace()).report());
        assertEquals("frozen statistics, from its output with the ReLU behind it", pre.get("pre2.bn1"));
        assertEquals("frozen statistics, in one with the convolution in front", pre.get("pre2.bn2"));
        Map<String, String> leaky = norms(
                Lean.convert(net(false, DataType.FLOAT), Memory.inPlace(0.01)).report());
        assertEquals(
                "statistics of the batch, a leaky ReLU of slope 0.01 in the place of the ReLU, from its output with the ReLU"
                        + " behind it",
                leaky.get("s1_a_bn1"));
        assertEquals("as it was, statistics of the batch: no ReLU is behind it", leaky.get("s1_a_bn2"));
    }

    @Test
    void aRestorationSaysThatLeakyRelusAreReluAgain() {
        Sample images = Sample.of(ResidualGraphs.data(DataType.FLOAT, BATCH).getFeatures());
        ComputationGraph leaky =
                Lean.convert(net(false, DataType.FLOAT), Memory.inPlace(0.25)).network();
        RestorationReport report = Lean.restore(leaky, images).report();
        assertFalse(report.sameFunction());
        assertTrue(report.comparison().difference() > 1e-4, report::toString);
        assertTrue(report.toString().contains("had leaky ReLUs of slope 0.25"), report::toString);
        ComputationGraph frozen =
                Lean.convert(net(false, DataType.FLOAT), Memory.inPlace()).network();
        assertTrue(Lean.restore(frozen, images).report().sameFunction());
    }

    @Test
    void aSlopeIsAnotherFunction() {
        ComputationGraph net = net(false, DataType.DOUBLE);
        INDArray images = ResidualGraphs.data(DataType.DOUBLE, BATCH).getFeatures();
        ComputationGraph lean = Lean.convert(net, Memory.inPlace(0.25)).network();
        assertNotEquals(net.outputSingle(images), lean.outputSingle(images));
        Map<String, INDArray> before = statistics(lean);
        lean.fit(ResidualGraphs.data(DataType.DOUBLE, BATCH));
        assertNotEquals(before, statistics(lean), "running statistics move");
        ComputationGraph back = Lean.restore(lean);
        for (String name : List.of("mean", "log10stdev", "gamma")) {
            assertEquals(
                    Lean.parameters(lean, "s2_b_bn1").get(name),
                    back.getLayer("s2_b_bn1").getParam(name),
                    name);
        }
    }

    @Test
    void copiesAndFilesAreInPlaceToo() throws Exception {
        DataSet data = ResidualGraphs.data(DataType.FLOAT, BATCH);
        for (Memory memory : List.of(Memory.inPlace(), Memory.inPlace(0.1))) {
            ComputationGraph lean =
                    Lean.convert(net(false, DataType.FLOAT), memory).network();
            lean.save(folder.resolve("net.zip").toFile(), true);
            ComputationGraph read =
                    ComputationGraph.load(folder.resolve("net.zip").toFile(), true);
            ComputationGraph copy = lean.clone();
            assertEquals(kept(lean, data), kept(read, data));
            kept(copy, data);
            assertEquals(lean.params(), read.params(), "a step later");
            assertEquals(lean.params(), copy.params(), "a step later");
        }
    }

    @Test
    void whatHasNoNormIsKeptOtherwise() {
        MultiLayerNetwork none =
                ResidualGraphs.network(DataType.FLOAT, convolution(), new ActivationLayer(Activation.RELU));
        refused(
                "no batch normalisation in a run of layers that could work in place",
                () -> Lean.convert(none, Memory.inPlace()));
        ConversionReport report = Lean.convert(none, Memory.inPlace().otherwise(Memory.checkpoint()))
                .report();
        assertEquals(
                List.of(ConversionReport.CHECKPOINT),
                report.units().stream().map(ConversionReport.Unit::kind).toList());
        MultiLayerNetwork constrained = ResidualGraphs.network(
                DataType.FLOAT,
                convolution(),
                new BatchNormalization.Builder().lockGammaBeta(true).gamma(2).build());
        refused("without constraints", () -> Lean.convert(constrained, Memory.inPlace()));
        MultiLayerNetwork half = ResidualGraphs.network(DataType.FLOAT, convolution(), new BatchNormalization())
                .convertDataType(DataType.FLOAT16);
        refused("the network is HALF", () -> Lean.convert(half, Memory.inPlace()));
    }

    @Test
    void exceptedNormsAreAsTheyWere() {
        ComputationGraph net = net(false, DataType.FLOAT);
        ComputationGraph lean =
                Lean.convert(net, Memory.inPlace().except("stem_bn")).network();
        Map<String, INDArray> before = statistics(lean);
        lean.fit(ResidualGraphs.data(DataType.FLOAT, BATCH));
        Map<String, INDArray> after = statistics(lean);
        List<String> moved = before.keySet().stream()
                .filter(name -> !before.get(name).equals(after.get(name)))
                .sorted()
                .toList();
        assertEquals(List.of("stem_bn_log10stdev", "stem_bn_mean"), moved);
    }

    @Test
    void aSequenceIsSwitched() {
        MultiLayerNetwork net = ResidualGraphs.network(
                DataType.FLOAT,
                new RazorSequence.Builder()
                        .layers(
                                convolution(),
                                new BatchNormalization(),
                                new ActivationLayer(Activation.RELU),
                                convolution())
                        .memory(Memory.inPlace())
                        .build());
        RazorSequence sequence = (RazorSequence) net.getLayer(0).conf().getLayer();
        DataSet data = ResidualGraphs.data(DataType.FLOAT, BATCH);
        INDArray mean = net.paramTable().entrySet().stream()
                .filter(e -> e.getKey().endsWith("mean"))
                .findFirst()
                .orElseThrow()
                .getValue();
        net.fit(data);
        assertEquals(0, mean.amaxNumber().doubleValue());
        sequence.setMemory(Memory.store());
        assertEquals(Map.of(), sequence.norms());
        net.fit(data);
        assertTrue(mean.amaxNumber().doubleValue() > 0, "statistics of the batch");
        refused("is of all of its batch normalisations", () -> sequence.setMemory("layer1", Memory.inPlace()));
    }

    private static ConvolutionLayer convolution() {
        return new ConvolutionLayer.Builder(3, 3)
                .nOut(4)
                .padding(1, 1)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static void refused(String what, Executable action) {
        String message = assertThrows(IllegalArgumentException.class, action).getMessage();
        assertTrue(message.contains(what), message);
    }
}
