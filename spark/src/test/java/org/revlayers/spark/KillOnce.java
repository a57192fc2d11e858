package org.revlayers.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.spark.api.TrainingHook;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Ends the first process that is about to do its second batch, without giving it a chance, as a machine that loses its power. */
final class KillOnce implements TrainingHook {

    private static final long serialVersionUID = 1L;

    /** All processes see it. */
    private static final Path DONE = Path.of("target", "killed").toAbsolutePath();

    private final String done = DONE.toString();
    private transient int batches;

    KillOnce() throws IOException {
        Files.deleteIfExists(DONE);
    }

    static boolean happened() {
        return Files.exists(DONE);
    }

    @Override
    public void preUpdate(DataSet batch, Model model) {
        if (++batches == 2) {
            try {
                Files.createFile(Path.of(done));
            } catch (FileAlreadyExistsException e) {
                return;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Runtime.getRuntime().halt(137);
        }
    }

    @Override
    public void postUpdate(DataSet batch, Model model) {}

    @Override
    public void preUpdate(MultiDataSet batch, Model model) {}

    @Override
    public void postUpdate(MultiDataSet batch, Model model) {}
}
