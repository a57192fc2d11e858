package org.revlayers.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.container.ContainerNets;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.Compare;
import org.revlayers.listeners.MemoryListener;

/** The razor changes the weight gradients of training and nothing else, and can be switched at any step. */
class RazorSequenceTest {

    @TempDir
    private Path folder;

    /** A network with the same parameters and another razor. */
    private static MultiLayerNetwork with(MultiLayerNetwork net, Thinning thinning) {
        MultiLayerNetwork other = net.clone();
        ContainerNets.razorOf(other).setThinning(thinning);
        return other;
    }

    @Test
    void outputsHaveTheSameBitsWithAndWithout() {
        MultiLayerNetwork on = ContainerNets.net(DataType.FLOAT, ContainerNets.razor());
        MultiLayerNetwork off = with(on, null);
        MultiLayerNetwork checkpointed = ContainerNets.net(DataType.FLOAT, ContainerNets.checkpoint());
        MultiLayerNetwork plain = ContainerNets.net(DataType.FLOAT, ContainerNets.layers());
        Compare.same(on.params(), checkpointed.params(), "initial parameters");
        Compare.same(on.params(), plain.params(), "initial parameters of layers without a container around them");
        for (int batch : new int[] {1, 4}) {
            INDArray x = ContainerNets.data(DataType.FLOAT, batch, 1).getFeatures();
            INDArray expected = on.output(x);
            Compare.same(expected, off.output(x), "razor off");
            Compare.same(expected, checkpointed.output(x), "checkpointed");
            Compare.near(expected, plain.output(x), 1e-6, "stock layers around units");
            Compare.same(
                    on.feedForward(x, true).get(1), off.feedForward(x, true).get(1), "in training");
        }
        DataSet data = ContainerNets.data(DataType.FLOAT, 4, 1);
        ContainerNets.gradient(on, data);
        ContainerNets.gradient(off, data);
        assertEquals(off.score(), on.score(), "loss in training");
    }

    @Test
    void keepingEverythingIsExact() {
        RazorSequence all = ContainerNets.razor();
        all.setThinning(new Thinning(0, RazorValues.FULL));
        all.setActivations(ActivationMemory.DENSE);
        MultiLayerNetwork razor = ContainerNets.net(DataType.FLOAT, all);
        MultiLayerNetwork checkpointed = ContainerNets.net(DataType.FLOAT, ContainerNets.checkpoint());
        MultiLayerNetwork off = with(razor, null);
        DataSet data = ContainerNets.data(DataType.FLOAT, 3, 2);
        INDArray expected = ContainerNets.gradient(checkpointed, data);
        Compare.near(expected, ContainerNets.gradient(razor, data), 1e-6, "prune 0");
        Compare.near(expected, ContainerNets.gradient(off, data), 1e-6, "off");
    }

    /** Without batch normalisation, whose z suffers more than weight gradients do. */
    @ParameterizedTest
    @CsvSource({"0.5, 0.95", "0.9, 0.8"})
    void thinnedGradientsPointTheSameWay(double prune, double least) {
        Layer unit = new ResidualUnit.Builder()
                .main(
                        ContainerNets.convolution("a", 5, 3, 1),
                        ContainerNets.relu(),
                        ContainerNets.convolution("b", 6, 3, 1))
                .after(ContainerNets.relu())
                .build();
        RazorSequence razor = new RazorSequence.Builder()
                .layers(ContainerNets.convolution("stem", 6, 3, 1), ContainerNets.relu(), unit, unit.clone())
                .memory(Memory.razor(prune).values(RazorValues.FP16))
                .build();
        razor.getLayers().get(3).setLayerName("second");
        MultiLayerNetwork on = ContainerNets.net(DataType.FLOAT, razor);
        DataSet data = ContainerNets.data(DataType.FLOAT, 4, 1);
        INDArray exact = ContainerNets.gradient(with(on, null), data);
        double cosine = Compare.cosine(exact, ContainerNets.gradient(on, data));
        assertTrue(cosine > least && cosine < 1, "cosine " + cosine);
    }

    @Test
    void canBeSwitchedBetweenAnyTwoSteps() {
        MultiLayerNetwork net = ContainerNets.net(DataType.FLOAT, ContainerNets.razor());
        Thinning thinning = ContainerNets.razorOf(net).getThinning();
        for (int step = 0; step < 6; step++) {
            boolean on = step % 3 != 1;
            ContainerNets.razorOf(net).setThinning(on ? thinning : null);
            MultiLayerNetwork fresh = with(net, on ? thinning : null);
            MultiLayerNetwork other = with(net, on ? null : thinning);
            DataSet data = ContainerNets.data(DataType.FLOAT, 3, step);
            net.fit(data);
            fresh.fit(data);
            other.fit(data);
            Compare.same(fresh.params(), net.params(), "step " + step);
            Compare.different(other.params(), net.params(), "step " + step);
        }
    }

    @Test
    void resumesWithTheSameBitsAndLoadsWithoutTheRazorToo() throws IOException {
        MultiLayerNetwork net = ContainerNets.net(DataType.FLOAT, ContainerNets.razor());
        net.fit(ContainerNets.data(DataType.FLOAT, 3, 1));
        File file = folder.resolve("net.zip").toFile();
        ModelSerializer.writeModel(net, file, true);
        MultiLayerNetwork back = ModelSerializer.restoreMultiLayerNetwork(file, true);
        assertEquals(ContainerNets.razorOf(net), ContainerNets.razorOf(back));
        for (int step = 2; step < 5; step++) {
            net.fit(ContainerNets.data(DataType.FLOAT, 3, step));
            back.fit(ContainerNets.data(DataType.FLOAT, 3, step));
        }
        Compare.same(net.params(), back.params(), "parameters");

        ContainerNets.razorOf(net).setThinning(null);
        ModelSerializer.writeModel(net, file, true);
        MultiLayerNetwork off = ModelSerializer.restoreMultiLayerNetwork(file, true);
        assertEquals(null, ContainerNets.razorOf(off).getThinning());
        INDArray x = ContainerNets.data(DataType.FLOAT, 2, 1).getFeatures();
        Compare.same(back.output(x), off.output(x), "output");
    }

    @Test
    void optionsSurviveJson() {
        RazorSequence razor = new RazorSequence.Builder()
                .name("sequence")
                .layers(ContainerNets.layers())
                .memory(Memory.razor(0.97).values(RazorValues.INT8))
                .memory("a", Memory.razor(0.5).values(RazorValues.BF16))
                .dense("stem", "b")
                .activations(ActivationMemory.FP16)
                .build();
        MultiLayerNetwork net = ContainerNets.net(DataType.FLOAT, razor);
        MultiLayerConfiguration conf = MultiLayerConfiguration.fromJson(
                net.getLayerWiseConfigurations().toJson());
        RazorSequence back = (RazorSequence) conf.getConf(0).getLayer();
        assertEquals(ContainerNets.razorOf(net), back);
        assertEquals(new Thinning(0.97, RazorValues.INT8), back.getThinning());
        assertEquals(Map.of("a", new Thinning(0.5, RazorValues.BF16)), back.getThinnings());
    }

    /** Each name of a layer says how the input of that layer is kept, inside units too. */
    @Test
    void layersHaveRulesOfTheirOwn() {
        RazorSequence razor = ContainerNets.razor();
        razor.setThinnings(Map.of("b", new Thinning(0.5, RazorValues.FULL)));
        razor.setDense(List.of("f"));
        MultiLayerNetwork net = ContainerNets.net(DataType.FLOAT, razor);
        MemoryListener listener = new MemoryListener();
        net.setListeners(listener);
        net.fit(ContainerNets.data(DataType.FLOAT, 1, 1));
        Map<String, Long> kept = new LinkedHashMap<>();
        listener.report().rows().forEach(row -> kept.put(row.tensor(), row.bytes()));
        long values = kept.entrySet().stream()
                .filter(e -> e.getKey().contains("main") && e.getKey().endsWith("_values"))
                .mapToLong(Map.Entry::getValue)
                .max()
                .orElseThrow();
        assertEquals((4 * 4 * 3 / 2 + 1) * 4, values, kept.toString());
        assertTrue(kept.keySet().stream().anyMatch(name -> name.matches(".*main/input \\d")), kept.toString());
    }

    @Test
    void aBatchOfZerosGivesNumbers() {
        MultiLayerNetwork net = ContainerNets.net(DataType.FLOAT, ContainerNets.razor());
        DataSet data = ContainerNets.data(DataType.FLOAT, 2, 1);
        net.fit(new DataSet(Nd4j.zerosLike(data.getFeatures()), data.getLabels()));
        assertFalse(Double.isNaN(net.params().sumNumber().doubleValue()));
    }

    @Test
    void noThinningOfItsOwnIsDense() {
        RazorSequence razor = new RazorSequence.Builder()
                .layers(ContainerNets.layers())
                .memory("stem", Memory.store())
                .build();
        assertEquals(List.of("stem"), razor.getDense());
        ContainerNets.net(DataType.FLOAT, razor).fit(ContainerNets.data(DataType.FLOAT, 2, 1));
    }
}
