package org.revlayers.internal.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;

/** What {@link ModelZip} writes is, entry by entry, what {@link ModelSerializer} writes. */
class ModelZipTest {

    @TempDir
    private Path folder;

    private static MultiLayerNetwork sequential(IUpdater updater) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .updater(updater)
                .list()
                .layer(new OutputLayer.Builder()
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.feedForward(3))
                .build());
        net.init();
        net.fit(Nd4j.rand(2, 3), Nd4j.eye(2));
        return net;
    }

    private static ComputationGraph graph() {
        ComputationGraph net = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .updater(new Adam(1e-2))
                .graphBuilder()
                .addInputs("in")
                .addLayer(
                        "out",
                        new OutputLayer.Builder()
                                .nOut(2)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        "in")
                .setOutputs("out")
                .setInputTypes(InputType.feedForward(3))
                .build());
        net.init();
        net.fit(new DataSet(Nd4j.rand(2, 3), Nd4j.eye(2)));
        return net;
    }

    private Path written(Model model) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ZipOutputStream zip = new ZipOutputStream(bytes);
        ModelZip.write(zip, model);
        zip.finish();
        return Files.write(folder.resolve("ours.zip"), bytes.toByteArray());
    }

    private static Map<String, byte[]> entries(Path file) throws IOException {
        Map<String, byte[]> all = new LinkedHashMap<>();
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                all.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
            }
        }
        return all;
    }

    @Test
    void theEntriesAreThoseOfDl4j() throws IOException {
        for (Model model : List.of(sequential(new Adam(1e-2)), sequential(new Sgd(1e-2)), graph())) {
            Path theirs = folder.resolve("theirs.zip");
            ModelSerializer.writeModel(model, theirs.toFile(), true);
            Map<String, byte[]> expected = entries(theirs);
            Map<String, byte[]> ours = entries(written(model));
            assertEquals(List.copyOf(expected.keySet()), List.copyOf(ours.keySet()));
            expected.forEach((name, bytes) -> assertArrayEquals(bytes, ours.get(name), name));
            assertTrue(ModelZip.ENTRIES.containsAll(ours.keySet()));
            assertEquals(model.params(), ModelZip.load(written(model)).params());
        }
    }

    @Test
    void aNetworkWithoutParametersSaysSo() throws IOException {
        MultiLayerNetwork net =
                new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                        .list()
                        .layer(new LossLayer.Builder()
                                .activation(Activation.SOFTMAX)
                                .build())
                        .setInputType(InputType.feedForward(3))
                        .build()) {
                    private static final long serialVersionUID = 1L;

                    @Override
                    public INDArray params() {
                        return null;
                    }
                };
        net.init();
        Path file = written(net);
        assertTrue(entries(file).containsKey(ModelSerializer.NO_PARAMS_MARKER));
        assertEquals(0, ModelZip.load(file).numParams());
        assertEquals(
                0, ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true).numParams());
    }

    @Test
    void aZipFileBeginsAsOne() throws IOException {
        assertTrue(ModelZip.isZip(written(graph())));
        assertFalse(ModelZip.isZip(Files.writeString(folder.resolve("a.txt"), "PACKED")));
        assertFalse(ModelZip.isZip(Files.writeString(folder.resolve("b.txt"), "P")));
    }
}
