package org.revlayers.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.api.Model;
import org.revlayers.internal.files.ModelZip;

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
        return ModelZip.isZip(path);
    }

    /** The configuration of the network. */
    public String configuration() throws IOException {
        return ModelZip.configuration(path);
    }

    /** The network, a {@code MultiLayerNetwork} or a {@code ComputationGraph}, with its updater's state. */
    public Model load() throws IOException {
        return ModelZip.load(path);
    }
}
