package org.revlayers.examples.finetune;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.examples.ModelFile;
import org.revlayers.examples.TrainingMethod;

/**
 * Where an interrupted run goes on: the network with its updater state, written next to its final name and moved there in one piece. How
 * far it was is the network's own iteration count, so both always agree. The files are {@link ModelSerializer}'s, but not compressed: weights
 * shrink by a few percent and take ten times as long.
 *
 * @param folder of the run
 */
record Checkpoint(Path folder) {

    private static final int BUFFER = 1 << 16;

    private Path file(TrainingMethod method) {
        return folder.resolve("checkpoint-" + method.label() + ".zip");
    }

    void save(TrainingMethod method, Trainee net) throws IOException {
        Files.createDirectories(folder);
        Path part = folder.resolve(file(method).getFileName() + ".part");
        try (ZipOutputStream zip = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(part), BUFFER))) {
            zip.setLevel(Deflater.NO_COMPRESSION);
            zip.putNextEntry(new ZipEntry(ModelSerializer.CONFIGURATION_JSON));
            zip.write(net.configuration().getBytes(StandardCharsets.UTF_8));
            add(zip, ModelSerializer.COEFFICIENTS_BIN, net.model().params());
            add(zip, ModelSerializer.UPDATER_BIN, net.updaterState());
        }
        Files.move(part, file(method), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void add(ZipOutputStream zip, String name, INDArray values) throws IOException {
        if (values != null) {
            zip.putNextEntry(new ZipEntry(name));
            DataOutputStream out = new DataOutputStream(new BufferedOutputStream(zip, BUFFER));
            Nd4j.write(values, out);
            out.flush();
        }
    }

    boolean exists(TrainingMethod method) {
        return Files.exists(file(method));
    }

    Trainee load(TrainingMethod method) throws IOException {
        return Trainee.of(new ModelFile(file(method)).load());
    }
}
