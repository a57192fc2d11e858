package org.revlayers.examples.finetune;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.revlayers.layers.Method;

/**
 * Where an interrupted run goes on: the network with its updater state, written next to its final name and moved there in one piece. How
 * far it was is the network's own iteration count, so both always agree.
 *
 * @param folder of the run
 */
record Checkpoint(Path folder) {

    private Path file(Method method) {
        return folder.resolve("checkpoint-" + method.name().toLowerCase(java.util.Locale.ROOT) + ".zip");
    }

    void save(Method method, MultiLayerNetwork net) throws IOException {
        Files.createDirectories(folder);
        Path part = folder.resolve(file(method).getFileName() + ".part");
        ModelSerializer.writeModel(net, part.toFile(), true);
        Files.move(part, file(method), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    boolean exists(Method method) {
        return Files.exists(file(method));
    }

    MultiLayerNetwork load(Method method) throws IOException {
        return ModelSerializer.restoreMultiLayerNetwork(file(method).toFile(), true);
    }
}
