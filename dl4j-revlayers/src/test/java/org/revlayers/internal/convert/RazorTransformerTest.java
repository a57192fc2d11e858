package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.Lean;
import org.revlayers.container.RazorSequence;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Sample;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.keep.TokenRazor;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.Compare;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.models.VisionTransformer;

/** Vision transformers under Back Razor: same outputs, a fraction of the memory, and back. */
class RazorTransformerTest {

    @TempDir
    private Path folder;

    private static final int CLASSES = 5;
    private static final int SIDE = 64;
    private static final int BATCH = 4;

    static List<Memory> memories() {
        return List.of(Memory.store(), Memory.approx());
    }

    private static MultiLayerNetwork vit(Memory memory) {
        return vit(memory, 3);
    }

    private static MultiLayerNetwork vit(Memory memory, int depth) {
        return VisionTransformer.builder()
                .size(VisionTransformer.Size.TI)
                .depth(depth)
                .height(SIDE)
                .width(SIDE)
                .classes(CLASSES)
                .memory(memory)
                .updater(new Adam(1e-3))
                .build()
                .init();
    }

    private static DataSet data() {
        Nd4j.getRandom().setSeed(3);
        INDArray labels = Nd4j.zeros(DataType.FLOAT, BATCH, CLASSES);
        for (int i = 0; i < BATCH; i++) {
            labels.putScalar(i, i, 1);
        }
        return new DataSet(Nd4j.randn(DataType.FLOAT, BATCH, 3, SIDE, SIDE), labels);
    }

    private static long keptBytes(MultiLayerNetwork net, DataSet data) {
        MemoryListener listener = new MemoryListener();
        net.setListeners(listener);
        net.fit(data);
        net.setListeners();
        return listener.report().keptBytes();
    }

    @ParameterizedTest
    @MethodSource("memories")
    void keepsATenthAndComesBack(Memory memory) {
        DataSet data = data();
        MultiLayerNetwork plain = vit(memory);
        Conversion<MultiLayerNetwork> result = Lean.convert(plain, Memory.razor(0.9), Sample.of(data.getFeatures()));
        assertEquals(1, result.report().razors().size(), result.report().toString());
        assertEquals(0, result.report().comparison().start(), "no stock layer inside: not even rounding differs");
        MultiLayerNetwork net = result.network();
        long predicted = result.report().comparison().keptAfter();
        long images = data.getFeatures().length() * Float.BYTES;
        long kept = keptBytes(net, data) - images;
        long probabilities =
                (long) BATCH * CLASSES * Float.BYTES; // the loss layer's output, which no backward waits for
        assertEquals(predicted, kept + probabilities);
        long before = keptBytes(plain.clone(), data) - images;
        assertTrue(kept < before / 5, "kept " + kept + " of " + before);

        MultiLayerNetwork back = Lean.restore(net);
        assertEquals(net.params().length(), back.params().length());
        assertEquals(net.output(data.getFeatures()), back.output(data.getFeatures()));
        for (int i = 0; i < plain.getnLayers(); i++) {
            assertEquals(
                    plain.getLayer(i).conf().getLayer().getClass(),
                    back.getLayer(i).conf().getLayer().getClass());
            if (back.getLayer(i).conf().getLayer() instanceof TransformerBlock block) {
                assertNull(block.getRazor());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("memories")
    void learns(Memory memory) {
        DataSet data = data();
        MultiLayerNetwork net = Lean.convert(vit(memory), Memory.razor(0.9)).network();
        net.fit(data);
        double first = net.score();
        for (int i = 0; i < 15; i++) {
            net.fit(data);
        }
        assertTrue(net.score() < first / 2, first + " to " + net.score());
    }

    /** It keeps nearly everything inside. */
    @Test
    void aBlockAloneIsWorthASequence() {
        MultiLayerNetwork plain = vit(Memory.store(), 1);
        Set<String> others = new HashSet<>();
        String block = null;
        for (var layer : plain.getLayers()) {
            if (layer.conf().getLayer() instanceof TransformerBlock only) {
                block = only.getLayerName();
            } else {
                others.add(layer.conf().getLayer().getLayerName());
            }
        }
        ConversionReport report = Lean.convert(plain, Memory.razor(0.9).except(others.toArray(String[]::new)))
                .report();
        assertEquals(
                List.of(new ConversionReport.Unit("razor sequence", "razor1", List.of(block), 0)), report.razors());
    }

    private static INDArray gradient(MultiLayerNetwork net, DataSet data) {
        net.setInput(data.getFeatures());
        net.setLabels(data.getLabels());
        net.computeGradientAndScore();
        return net.getFlattenedGradients().dup();
    }

    private static RazorSequence razor(MultiLayerNetwork net) {
        return Arrays.stream(net.getLayers())
                .map(layer -> layer.conf().getLayer())
                .filter(RazorSequence.class::isInstance)
                .map(RazorSequence.class::cast)
                .findFirst()
                .orElseThrow();
    }

    /** Also what blocks keep inside, and in a model file. */
    @Test
    void theRazorCanBeSwitched() throws IOException {
        DataSet data = data();
        MultiLayerNetwork plain = vit(Memory.store(), 2);
        MultiLayerNetwork net = Lean.convert(plain, Memory.razor(0.9)).network();
        Thinning thinning = razor(net).getThinning();
        INDArray exact = gradient(plain, data);
        INDArray thinned = gradient(net, data);
        Compare.different(exact, thinned, "thinned");
        razor(net).setThinning(null);
        Compare.same(exact, gradient(net, data), "off");

        File file = folder.resolve("off.zip").toFile();
        ModelSerializer.writeModel(net, file, true);
        MultiLayerNetwork loaded = ModelSerializer.restoreMultiLayerNetwork(file, true);
        Compare.same(exact, gradient(loaded, data), "off, loaded");
        for (MultiLayerNetwork each : List.of(net, loaded)) {
            razor(each).setThinning(thinning);
            Compare.same(thinned, gradient(each, data), "on again");
        }
    }

    @Test
    void aRazorOfABlockItselfStays() {
        MultiLayerNetwork plain = vit(Memory.store(), 2);
        TokenRazor own = new TokenRazor(new Thinning(0.5, RazorValues.INT8), null, false);
        TransformerBlock first = blocks(plain).get(0);
        first.setRazor(own);
        MultiLayerNetwork net = Lean.convert(plain, Memory.razor(0.9)).network();
        List<TokenRazor> razors = razor(net).getLayers().stream()
                .filter(TransformerBlock.class::isInstance)
                .map(layer -> ((TransformerBlock) layer).getRazor())
                .toList();
        assertEquals(own, razors.get(0));
        assertEquals(razor(net).getThinning(), razors.get(1).thinning());
        razor(net).setThinning(null);
        List<TransformerBlock> back = blocks(Lean.restore(net));
        assertEquals(own, back.get(0).getRazor());
        assertNull(back.get(1).getRazor());
    }

    private static List<TransformerBlock> blocks(MultiLayerNetwork net) {
        return Arrays.stream(net.getLayers())
                .map(layer -> layer.conf().getLayer())
                .filter(TransformerBlock.class::isInstance)
                .map(TransformerBlock.class::cast)
                .toList();
    }
}
