package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Sample;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.Compare;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.listeners.MemoryListener;

/** {@link Memory#half} and {@link Memory#int8}: the plain function, gradients at rounded values, a half and a quarter of the bytes. */
class FewerBitsTest {

    private static final int TOKENS = 16;
    private static final int WIDTH = 128;
    private static final int EXAMPLES = 4;

    @TempDir
    private Path folder;

    private final ComputationGraph net = ResidualGraphs.net(false, ResidualGraphs.global(DataType.FLOAT));
    private final DataSet data = ResidualGraphs.data(DataType.FLOAT, 4);
    private final Sample sample = Sample.of(data.getFeatures());

    private static INDArray gradient(ComputationGraph lean, DataSet data) {
        lean.setInputs(data.getFeatures());
        lean.setLabels(data.getLabels());
        lean.computeGradientAndScore();
        return lean.getFlattenedGradients().dup();
    }

    private static INDArray gradient(MultiLayerNetwork lean, DataSet data) {
        lean.setInput(data.getFeatures());
        lean.setLabels(data.getLabels());
        lean.computeGradientAndScore();
        return lean.getFlattenedGradients().dup();
    }

    private static double difference(INDArray exact, INDArray other) {
        return other.sub(exact).norm2Number().doubleValue()
                / exact.norm2Number().doubleValue();
    }

    @ParameterizedTest
    @CsvSource({"half, half sequence", "half=bf16, half sequence", "int8, int8 sequence"})
    void outputsAndScoresAreThoseOfThePlainNetwork(String memory, String kind) {
        Conversion<ComputationGraph> lean = Lean.convert(net, Memory.parse(memory));
        ComputationGraph stored = Lean.convert(net, Memory.store()).network();
        Compare.same(
                stored.outputSingle(data.getFeatures()), lean.network().outputSingle(data.getFeatures()), "output");
        gradient(stored, data);
        gradient(lean.network(), data);
        assertEquals(stored.score(), lean.network().score(), "score of a training");
        assertEquals(kind, lean.report().units().get(0).kind());
        assertEquals(net.params(), Lean.restore(lean.network()).params());
        Compare.same(
                net.outputSingle(data.getFeatures()),
                Lean.restore(lean.network()).outputSingle(data.getFeatures()),
                "output of the restored network");
    }

    /** Relative errors of a value, 2⁻¹¹, 2⁻⁸ and, of eight bits with a range of five deviations, 5/510; four times that for what later layers add. */
    @ParameterizedTest
    @CsvSource({"half, 2e-3", "half=bf16, 1.6e-2", "int8, 4e-2"})
    void gradientsAreNearTheExactOnes(String memory, double bound) {
        INDArray exact = gradient(Lean.convert(net, Memory.store()).network(), data);
        double difference = difference(
                exact, gradient(Lean.convert(net, Memory.parse(memory)).network(), data));
        assertTrue(difference > 0 && difference < bound, "relative difference of the gradient " + difference);
    }

    @ParameterizedTest
    @CsvSource({"half, 0.75", "half=bf16, 0.75", "int8, 0.6"})
    void predictsAPartOfWhatIsStored(String memory, double part) {
        ConversionReport.Comparison stored =
                Lean.convert(net, Memory.store(), sample).report().comparison();
        ConversionReport.Comparison lean =
                Lean.convert(net, Memory.parse(memory), sample).report().comparison();
        assertTrue(
                lean.keptAfter() < part * stored.keptAfter(),
                () -> "kept " + lean.keptAfter() + " bytes, stored " + stored.keptAfter());
    }

    private static MultiLayerNetwork transformer(float scale) {
        Nd4j.getRandom().setSeed(11);
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.FLOAT)
                .updater(new Sgd(0.01))
                .list();
        for (String name : List.of("b1", "b2")) {
            list.layer(new TransformerBlock.Builder(4).mlp(4 * WIDTH).name(name).build());
        }
        MultiLayerNetwork net =
                new MultiLayerNetwork(list.layer(new TokenPooling.Builder(TokenPooling.Kind.MEAN).build())
                        .layer(new OutputLayer.Builder()
                                .nOut(3)
                                .activation(Activation.SOFTMAX)
                                .build())
                        .setInputType(InputType.recurrent(WIDTH, TOKENS, RNNFormat.NWC))
                        .build());
        net.init();
        net.getLayer(0).getParam("fc1W").muli(scale);
        return net;
    }

    private static DataSet tokens() {
        Nd4j.getRandom().setSeed(12);
        INDArray labels = Nd4j.zeros(DataType.FLOAT, EXAMPLES, 3);
        for (int i = 0; i < EXAMPLES; i++) {
            labels.putScalar(i, i % 3, 1);
        }
        INDArray features = Nd4j.randn(DataType.FLOAT, EXAMPLES, TOKENS, WIDTH);
        for (int large : new int[] {7, 9}) {
            features.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.point(large))
                    .muli(20);
        }
        return new DataSet(features, labels);
    }

    private static MultiLayerNetwork lean(String memory, float scale) {
        return Lean.convert(transformer(scale), Memory.parse(memory)).network();
    }

    private static long kept(MultiLayerNetwork net) {
        MemoryListener listener = new MemoryListener();
        net.setListeners(listener);
        net.fit(tokens());
        net.setListeners();
        return listener.report().keptBytes();
    }

    /** 2 and 1.125 of 4 bytes, but for what leaves the blocks, and statistics. */
    @ParameterizedTest
    @CsvSource({"half, 0.55", "half=bf16, 0.55", "int8, 0.33"})
    void blocksKeepAPart(String memory, double part) {
        long stored = kept(lean("store", 1));
        long fewer = kept(lean(memory, 1));
        assertTrue(fewer < part * stored, () -> "kept " + fewer + " bytes, stored " + stored);
        assertEquals(stored - fewer, predicted("store") - predicted(memory), "what it saves is what is predicted");
    }

    private static long predicted(String memory) {
        return Lean.convert(transformer(1), Memory.parse(memory), Sample.of(tokens().getFeatures()))
                .report()
                .comparison()
                .keptAfter();
    }

    /** Two features of 128 at twenty times the others: their groups of 64 alone have coarse steps; with groups of 256 the gradient is beyond the bound. */
    @ParameterizedTest
    @CsvSource({"half, 5e-4", "half=bf16, 4e-3", "int8, 1e-2"})
    void outlierFeaturesLeaveTheOthersTheirSteps(String memory, double bound) {
        INDArray exact = gradient(lean("store", 1), tokens());
        double difference = difference(exact, gradient(lean(memory, 1), tokens()));
        assertTrue(difference > 0 && difference < bound, "relative difference of the gradient " + difference);
    }

    /** Inputs of GELU beyond what fp16 has room for count as its largest number, where the derivative is what it is at theirs: 0 or 1. */
    @ParameterizedTest
    @ValueSource(strings = {"half", "half=bf16", "int8"})
    void whatFp16HasNoRoomForIsNoInfinity(String memory) {
        INDArray exact = gradient(lean("store", 1e6f), tokens());
        INDArray fewer = gradient(lean(memory, 1e6f), tokens());
        assertTrue(Double.isFinite(fewer.norm2Number().doubleValue()), "the gradient has numbers alone");
        assertTrue(Compare.cosine(exact, fewer) > 0, "and their direction");
    }

    @ParameterizedTest
    @ValueSource(strings = {"half=bf16", "int8"})
    void networksAreSavedAndGoOn(String memory) throws Exception {
        MultiLayerNetwork lean = lean(memory, 1);
        lean.save(folder.resolve("net.zip").toFile(), true);
        MultiLayerNetwork read =
                MultiLayerNetwork.load(folder.resolve("net.zip").toFile(), true);
        MultiLayerConfiguration again = MultiLayerConfiguration.fromJson(
                lean.getLayerWiseConfigurations().toJson());
        assertEquals(lean.getLayerWiseConfigurations(), again);
        assertEquals(kept(lean), kept(read));
        assertEquals(lean.params(), read.params(), "a step later");
    }

    @Test
    void layersHaveTheirOwn() {
        MultiLayerNetwork lean = Lean.convert(
                        transformer(1),
                        Memory.int8()
                                .at("b2", Memory.half(RazorValues.BF16))
                                .otherwise(Memory.checkpoint())
                                .except("layer*"))
                .network();
        assertEquals(RazorValues.INT8, values(lean, "b1"));
        assertEquals(RazorValues.BF16, values(lean, "b2"));
        Memory apart = Memory.int8().at("b2", Memory.half());
        assertEquals(
                List.of("int8 sequence [b1]", "half sequence [b2]"),
                Lean.convert(transformer(1), apart).report().units().stream()
                        .map(unit -> unit.kind() + " " + unit.members())
                        .toList());
    }

    private static RazorValues values(MultiLayerNetwork lean, String block) {
        return ((TransformerBlock) Lean.layer(lean, block))
                .getRazor()
                .thinning()
                .values();
    }

    @ParameterizedTest
    @CsvSource({"half, 5e-4", "half=bf16, 4e-3", "int8, 1e-2"})
    void chainsHaveThemInside(String memory, double bound) {
        INDArray exact = gradient(lean("checkpoint", 1), tokens());
        double difference = difference(exact, gradient(lean("checkpoint+" + memory, 1), tokens()));
        assertTrue(difference > 0 && difference < bound, "relative difference of the gradient " + difference);
    }
}
