package org.revlayers.examples;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.api.Model;
import org.revlayers.MemoryPlan;
import org.revlayers.internal.files.ModelZip;
import org.revlayers.internal.machine.WholeFile;

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

    /** Writes a model of this one's data to another file, whole or not at all; with the plan that it was made by, if it was. */
    void write(Model model, Path to, MemoryPlan plan) throws IOException {
        WholeFile.write(to, stream -> write(model, stream));
        if (plan != null) {
            plan.addTo(to);
        }
    }

    /** Writes a model as DL4J does, and what else this file holds. */
    void write(Model model, OutputStream stream) throws IOException {
        Set<String> written = new HashSet<>(ModelZip.ENTRIES);
        ZipOutputStream to = new ZipOutputStream(stream);
        ModelZip.write(to, model);
        try (ZipFile from = new ZipFile(path.toFile())) {
            for (ZipEntry entry : Collections.list(from.entries())) {
                if (written.add(entry.getName())) {
                    to.putNextEntry(new ZipEntry(entry.getName()));
                    try (InputStream content = from.getInputStream(entry)) {
                        content.transferTo(to);
                    }
                }
            }
        }
        to.finish();
    }
}
