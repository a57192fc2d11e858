package org.revlayers.before.write;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.before.Results;
import org.revlayers.before.SavedArrays;
import org.revlayers.before.SavedConfiguration;

/**
 * Writes files and beside them what the networks in them compute, after they were loaded again.
 *
 * @param folder for the files
 */
record Writer(Path folder) {

    private static final int STEPS = 3;

    /** A network after some steps, with its updater's state. */
    void network(String name, Model net, Batch batch) {
        try {
            for (int i = 0; i < STEPS; i++) {
                Results.step(net, batch.arrays());
            }
            Path file = folder.resolve(name + ".zip");
            ModelSerializer.writeModel(net, file.toFile(), true);
            Model loaded = net instanceof MultiLayerNetwork
                    ? ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true)
                    : ModelSerializer.restoreComputationGraph(file.toFile(), true);
            arrays(name, batch, Results.of(loaded, batch.arrays()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A configuration alone. */
    void configuration(String name, MultiLayerConfiguration conf, Batch batch) {
        try {
            String json = conf.toJson();
            packed(name + ".json.gz", json.getBytes(StandardCharsets.UTF_8));
            MultiLayerNetwork net = SavedConfiguration.network(MultiLayerConfiguration.fromJson(json));
            arrays(name, batch, Results.of(net, batch.arrays()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A SameDiff graph after some steps, with its updater's state. */
    void graph(String name, SameDiff graph, Batch batch) {
        try {
            for (int i = 0; i < STEPS; i++) {
                Results.step(graph, batch.arrays());
            }
            Path file = Files.createTempFile("graph", ".sd");
            graph.save(file.toFile(), true);
            packed(name + ".sd.gz", Files.readAllBytes(file));
            arrays(name, batch, Results.of(SameDiff.load(file.toFile(), true), batch.arrays()));
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void packed(String name, byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        }
        Files.write(folder.resolve(name), packed.toByteArray());
    }

    private void arrays(String name, Batch batch, Map<String, INDArray> results) throws IOException {
        Map<String, INDArray> all = new HashMap<>(batch.arrays());
        all.putAll(results);
        SavedArrays.write(folder.resolve(name + ".bin.gz"), all);
        results.forEach((what, array) -> {
            if (!Double.isFinite(array.sumNumber().doubleValue())) {
                throw new IllegalStateException(name + " has no finite " + what);
            }
        });
    }
}
