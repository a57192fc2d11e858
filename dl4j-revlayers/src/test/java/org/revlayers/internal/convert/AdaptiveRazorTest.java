package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Lean;
import org.revlayers.container.RazorSequence;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.Compare;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.listeners.AdaptiveRazor;
import org.revlayers.models.VisionTransformer;

/** Ratios by layer: the formula, what they may change and what not. */
class AdaptiveRazorTest {

    @TempDir
    private Path folder;

    private static Layer convolution(String name, int channels) {
        return new ConvolutionLayer.Builder(3, 3)
                .name(name)
                .nOut(channels)
                .convolutionMode(ConvolutionMode.Same)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static MultiLayerNetwork net() {
        return net("wide");
    }

    private static MultiLayerNetwork net(String wide) {
        RazorSequence razor = new RazorSequence.Builder()
                .name("razor")
                .layers(
                        convolution("first", 3),
                        convolution("narrow", 8),
                        new BatchNormalization.Builder().name("norm").build(),
                        new ActivationLayer(Activation.RELU),
                        convolution(wide, 4),
                        new ActivationLayer(Activation.RELU),
                        convolution("last", 5),
                        convolution("spared", 4))
                .memory(Memory.razor(0.9).values(RazorValues.BF16))
                .dense("spared")
                .build();
        return ResidualGraphs.network(DataType.FLOAT, razor, new GlobalPoolingLayer(PoolingType.AVG));
    }

    private static DataSet data(int batch) {
        return ResidualGraphs.data(DataType.FLOAT, batch);
    }

    private static RazorSequence razorOf(MultiLayerNetwork net) {
        return (RazorSequence) net.getLayer(0).conf().getLayer();
    }

    /** One backward pass, without an update. */
    private static void look(MultiLayerNetwork net) {
        net.setInput(data(4).getFeatures());
        net.setLabels(data(4).getLabels());
        net.computeGradientAndScore();
    }

    private static double rms(INDArray gradient) {
        return gradient.norm2Number().doubleValue() / Math.sqrt(gradient.length());
    }

    @Test
    void ratiosFollowTheFormula() {
        MultiLayerNetwork net = net();
        net.setListeners(new AdaptiveRazor(1, 0, 0.99));
        INDArray before = net.output(data(4).getFeatures()).dup();
        look(net);
        Map<String, Double> channels = Map.of("narrow", 3.0, "wide", 8.0, "last", 4.0);
        Map<String, Double> expected = new LinkedHashMap<>();
        channels.forEach((layer, m) ->
                expected.put(layer, -Math.log(m / 15) * rms(net.gradient().getGradientFor("0_" + layer + ".W"))));
        double largest = expected.values().stream().mapToDouble(i -> i).max().orElseThrow();
        Map<String, Thinning> ratios = razorOf(net).getThinnings();
        assertEquals(expected.keySet(), ratios.keySet());
        expected.forEach((layer, importance) -> {
            double prune = Math.min(0.99, 1 - importance / largest);
            assertEquals(prune, ratios.get(layer).prune(), 1e-6, layer);
            assertEquals(RazorValues.BF16, ratios.get(layer).values());
        });
        assertTrue(ratios.values().stream().anyMatch(t -> t.prune() == 0), "the most important is kept as it is");
        Compare.same(before, net.output(data(4).getFeatures()), "output");
    }

    @Test
    void ratiosStayInBoundsAndTheMostImportantLayerIsKeptDensest() {
        MultiLayerNetwork free = net();
        free.setListeners(new AdaptiveRazor(1, 0, 0.99));
        look(free);
        MultiLayerNetwork bound = net();
        bound.setListeners(new AdaptiveRazor(1, 0.6, 0.65));
        look(bound);
        razorOf(free)
                .getThinnings()
                .forEach((layer, thinning) -> assertEquals(
                        Math.max(0.6, Math.min(0.65, thinning.prune())),
                        razorOf(bound).getThinnings().get(layer).prune()));
        assertTrue(razorOf(bound).getThinnings().values().stream().anyMatch(t -> t.prune() == 0.6));
    }

    @Test
    void forwardKeepsItsBitsAndBackwardSeesTheRatios() {
        MultiLayerNetwork adapted = net();
        MultiLayerNetwork other = adapted.clone();
        adapted.setListeners(AdaptiveRazor.every(AdaptiveRazor.INTERVAL));
        look(adapted);
        adapted.setListeners();
        look(adapted);
        look(other);
        assertEquals(other.score(), adapted.score(), "loss in training");
        Compare.different(other.getFlattenedGradients(), adapted.getFlattenedGradients(), "gradients");
    }

    @Test
    void looksAtEveryIntervalOnly() {
        MultiLayerNetwork net = net();
        net.setListeners(new AdaptiveRazor(3, 0, 0.99));
        Map<String, Thinning> last = Map.of();
        for (int step = 0; step < 7; step++) {
            net.fit(data(4));
            Map<String, Thinning> now = Map.copyOf(razorOf(net).getThinnings());
            if (step % 3 == 0) {
                assertNotEquals(last, now, "step " + step);
            } else {
                assertEquals(last, now, "step " + step);
            }
            last = now;
        }
    }

    @Test
    void aKilledRunGoesOnWithTheSameBits() throws IOException {
        MultiLayerNetwork net = net();
        net.setListeners(new AdaptiveRazor(2, 0.1, 0.95));
        for (int step = 0; step < 4; step++) { // ratios are those of step 2
            net.fit(data(4));
        }
        File file = folder.resolve("net.zip").toFile();
        ModelSerializer.writeModel(net, file, true);
        MultiLayerNetwork back = ModelSerializer.restoreMultiLayerNetwork(file, true);
        assertEquals(razorOf(net).getThinnings(), razorOf(back).getThinnings());
        back.setListeners(new AdaptiveRazor(2, 0.1, 0.95));
        MultiLayerNetwork forgetful = ModelSerializer.restoreMultiLayerNetwork(file, true);
        razorOf(forgetful).setThinnings(new LinkedHashMap<>());
        net.fit(data(3));
        back.fit(data(3));
        forgetful.fit(data(3));
        Compare.same(net.params(), back.params(), "parameters after the first step");
        Compare.different(net.params(), forgetful.params(), "parameters without the ratios");
        for (int step = 0; step < 4; step++) {
            net.fit(data(4));
            back.fit(data(4));
        }
        Compare.same(net.params(), back.params(), "parameters");
        assertEquals(razorOf(net).getThinnings(), razorOf(back).getThinnings());
    }

    @Test
    void graphsWithResidualBlocksHaveRatiosOfTheirOwn() {
        ComputationGraph net = Lean.convert(
                        ResidualGraphs.net(false, ResidualGraphs.global(DataType.FLOAT)), Memory.razor(0.9))
                .network();
        net.setListeners(new AdaptiveRazor(1, 0.3, 0.9));
        net.fit(data(4));
        net.fit(data(4));
        RazorSequence razor = (RazorSequence) net.getLayer("razor1").conf().getLayer();
        assertTrue(
                razor.getThinnings().containsKey("s2-b-conv1"),
                razor.getThinnings().toString());
        assertTrue(razor.getThinnings().values().stream().allMatch(t -> t.prune() >= 0.3 && t.prune() <= 0.9));
        assertTrue(razor.getThinnings().values().stream().distinct().count() > 2);
    }

    @Test
    void transformerBlocksFollow() {
        MultiLayerNetwork net = Lean.convert(
                        VisionTransformer.builder()
                                .size(VisionTransformer.Size.TI)
                                .depth(2)
                                .height(32)
                                .width(32)
                                .classes(3)
                                .memory(Memory.store())
                                .build()
                                .init(),
                        Memory.razor(0.9))
                .network();
        net.setListeners(new AdaptiveRazor(1, 0.2, 0.8));
        INDArray labels = Nd4j.createFromArray(new float[][] {{1, 0, 0}, {0, 1, 0}});
        net.fit(new DataSet(
                Nd4j.linspace(DataType.FLOAT, -1.0, 3e-4, 2 * 3 * 32 * 32).reshape(2, 3, 32, 32), labels));
        int blocks = 0;
        for (org.deeplearning4j.nn.api.Layer layer : net.getLayers()) {
            if (layer.conf().getLayer() instanceof RazorSequence razor) {
                for (Layer inside : razor.getLayers()) {
                    if (inside instanceof TransformerBlock block) {
                        Thinning own = razor.getThinnings().get(block.getLayerName());
                        assertEquals(own, block.getRazor().thinning(), "what the block thins with");
                        assertNotEquals(razor.getThinning(), own);
                        blocks++;
                    }
                }
            }
        }
        assertEquals(2, blocks);
    }

    @Test
    void sequencesThatAreOffStayOff() {
        MultiLayerNetwork net = net();
        razorOf(net).setThinning(null);
        net.setListeners(new AdaptiveRazor(1, 0, 0.9));
        look(net);
        assertEquals(Map.of(), razorOf(net).getThinnings());
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new AdaptiveRazor(0, 0, 0.9));
        assertThrows(IllegalArgumentException.class, () -> new AdaptiveRazor(1, 0, 1));
        String message = assertThrows(IllegalArgumentException.class, () -> new AdaptiveRazor(1, 0.9, 0.5))
                .getMessage();
        assertTrue(message.contains("0.9 and 0.5"), message);
        MultiLayerNetwork lonely = net();
        razorOf(lonely).setDense(List.of("spared", "wide", "last"));
        lonely.setListeners(AdaptiveRazor.every(AdaptiveRazor.INTERVAL));
        message = assertThrows(IllegalStateException.class, () -> look(lonely)).getMessage();
        assertTrue(message.contains("narrow"), message);
        MultiLayerNetwork unnamed = net(null);
        unnamed.setListeners(AdaptiveRazor.every(AdaptiveRazor.INTERVAL));
        message = assertThrows(IllegalStateException.class, () -> look(unnamed)).getMessage();
        assertTrue(message.contains("name("), message);
    }
}
