package org.revlayers.internal.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;

/** Where the native libraries of this process come from. */
final class NativeFiles {

    private NativeFiles() {}

    /** The file of the loaded library {@code lib<name>}, or null if it is not loaded. */
    static String path(String name) {
        String loaded = Loader.getLoadedLibraries().entrySet().stream()
                .filter(e -> e.getKey().replaceAll("@.*", "").equals(name))
                .map(java.util.Map.Entry::getValue)
                .findFirst()
                .orElse(null);
        return loaded != null && Files.exists(Path.of(loaded)) ? loaded : mapped("lib" + name + ".");
    }

    /** As the kernel sees it: JavaCPP does not record libraries that another one pulled in. */
    private static String mapped(String prefix) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains("/" + prefix))
                    .map(line -> line.substring(line.indexOf('/')))
                    .findFirst()
                    .orElse(null);
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }
}
