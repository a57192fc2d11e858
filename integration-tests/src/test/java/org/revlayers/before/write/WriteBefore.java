package org.revlayers.before.write;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes the files that {@code FilesWrittenBeforeTest} reads, as the version that it is compiled with saves them, into the folder that is its
 * argument: once for each version whose files are to stay loadable. {@code -Drevlayers.before=FOLDER} lets the test read them there.
 */
public final class WriteBefore {

    private WriteBefore() {}

    /** The folder, made if need be. */
    public static void main(String... args) throws IOException {
        Writer to = new Writer(Files.createDirectories(Path.of(args[0])));
        BlockFiles.write(to);
        LayerFiles.write(to);
        ContainerFiles.write(to);
        ChainFiles.write(to);
        ConversionFiles.write(to);
        GraphConversionFiles.write(to);
        OpFiles.write(to);
        OpChainFiles.write(to);
        SameDiffConversionFiles.write(to);
    }
}
