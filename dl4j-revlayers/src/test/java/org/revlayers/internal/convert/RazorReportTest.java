package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.listeners.MemoryListener;

/** What a conversion says about layers that the razor does nothing for, and that it is true. */
class RazorReportTest {

    private static Layer convolution(String name, ConvolutionLayer.BaseConvBuilder<?> builder, Activation activation) {
        Layer layer = builder.convolutionMode(ConvolutionMode.Same)
                .nOut(4)
                .activation(activation)
                .build();
        layer.setLayerName(name);
        return layer;
    }

    private static MultiLayerNetwork mixed() {
        return ResidualGraphs.network(
                DataType.FLOAT,
                convolution("stem_conv", new ConvolutionLayer.Builder(3, 3), Activation.IDENTITY),
                convolution("plain", new ConvolutionLayer.Builder(1, 1), Activation.RELU),
                convolution("by_channel", new DepthwiseConvolution2D.Builder(3, 3), Activation.TANH),
                convolution("up", new Deconvolution2D.Builder(2, 2), Activation.TANH),
                convolution("wide", new ConvolutionLayer.Builder(2, 2).dilation(2, 2), Activation.TANH),
                new BatchNormalization.Builder().name("norm").build(),
                new LocalResponseNormalization.Builder().name("lrn").build(),
                new SubsamplingLayer.Builder(new int[] {2, 2}, new int[] {1, 1})
                        .name("pool")
                        .build(),
                new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.PNORM, new int[] {2, 2}, new int[] {1, 1})
                        .name("power")
                        .pnorm(2)
                        .build());
    }

    private static Map<String, String> dense(ConversionReport report) {
        Map<String, String> dense = new LinkedHashMap<>();
        report.dense().forEach(d -> dense.put(d.name(), d.reason()));
        return dense;
    }

    private static void says(Map<String, String> dense, String layer, String what) {
        assertTrue(dense.containsKey(layer) && dense.get(layer).contains(what), layer + ": " + dense);
    }

    @Test
    void layersTheRazorDoesNothingForAreNamed() {
        ConversionReport report = Lean.convert(mixed(), Memory.razor(0.9)).report();
        Map<String, String> dense = dense(report);
        Set<String> expected = new HashSet<>(Set.of("by_channel", "up", "wide", "lrn", "power"));
        if (Devices.current() != null) {
            expected.add("pool"); // ND4J's there, which reads its input once more
        }
        assertEquals(expected, dense.keySet());
        says(dense, "by_channel", "depthwise convolution");
        says(dense, "up", "transposed convolution");
        says(dense, "wide", "dilated convolution");
        says(dense, "lrn", "LocalResponseNormalization runs as DL4J implements it");
        says(dense, "power", "norm");
        assertTrue(report.toString().contains("dense input of by_channel: depthwise convolution"), report.toString());
    }

    @Test
    void optionsAreNamed() {
        ConversionReport report = Lean.convert(mixed(), Memory.razor(0.9).at("plain", Memory.store()))
                .report();
        assertEquals("the options say so", dense(report).get("plain"));
    }

    /** What the listener sees between layers after a forward: dense arrays in front of those that were named and of no others. */
    @Test
    void whatIsNamedIsWhatIsKeptDense() {
        MultiLayerNetwork converted = Lean.convert(mixed(), Memory.razor(0.9)).network();
        MemoryListener listener = new MemoryListener();
        converted.setListeners(listener);
        converted.fit(ResidualGraphs.data(DataType.FLOAT, 2));
        long dense = listener.report().rows().stream()
                .filter(row -> row.tensor().matches("input \\d+"))
                .count();
        assertEquals(Devices.current() == null ? 5 : 6, dense, listener.report().toString());
    }

    @Test
    void stockHostsAreSaidToSwitchTheRazorOff() {
        MultiLayerNetwork net = mixed();
        Conversion<MultiLayerNetwork> result =
                Lean.convert(net, Memory.razor(0.9).stockHosts(true));
        Map<String, String> dense = dense(result.report());
        for (String layer : List.of("plain", "norm", "by_channel", "up", "wide", "lrn")) {
            says(dense, layer, "stockHosts");
        }
        INDArray x = ResidualGraphs.data(DataType.FLOAT, 2).getFeatures();
        Compare.same(net.output(x), result.network().output(x), "output of DL4J's implementations");
    }

    @Test
    void layersInsideResidualBlocksAreNamedAsInTheGraph() {
        ComputationGraph net = ResidualGraphs.net(false, ResidualGraphs.global(DataType.FLOAT));
        assertEquals(List.of(), Lean.convert(net, Memory.razor(0.9)).report().dense());
        Map<String, String> dense =
                dense(Lean.convert(net, Memory.razor(0.9).stockHosts(true)).report());
        says(dense, "s2_b_conv1", "stockHosts");
        assertTrue(!dense.containsKey("stem_conv"), "it reads what the network keeps: " + dense);
    }
}
