package org.revlayers.examples;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.util.ModelSerializer;

/**
 * A DL4J model file.
 *
 * @param path of the zip file
 */
public record ModelFile(Path path) {

    /** Throws an error that says so if there is no such file. */
    public ModelFile {
        if (!Files.isRegularFile(path)) {
            throw new IllegalArgumentException("there is no file " + path);
        }
    }

    /** Whether the file is a zip file at all. */
    boolean isZip() throws IOException {
        byte[] start = new byte[2];
        try (var in = Files.newInputStream(path)) {
            return in.read(start) == 2 && start[0] == 'P' && start[1] == 'K';
        }
    }

    /** The configuration of the network. */
    public String configuration() throws IOException {
        if (!isZip()) {
            throw new IllegalArgumentException(path + " is no zip file, so no DL4J model");
        }
        try (ZipFile zip = new ZipFile(path.toFile())) {
            ZipEntry entry = zip.getEntry(ModelSerializer.CONFIGURATION_JSON);
            if (entry == null) {
                throw new IllegalArgumentException(path + " is a zip file without configuration.json: no DL4J model");
            }
            return new String(zip.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** The network, a {@code MultiLayerNetwork} or a {@code ComputationGraph}, with its updater's state. */
    public Model load() throws IOException {
        return configuration().contains("\"confs\"")
                ? ModelSerializer.restoreMultiLayerNetwork(path.toFile(), true)
                : ModelSerializer.restoreComputationGraph(path.toFile(), true);
    }
}
