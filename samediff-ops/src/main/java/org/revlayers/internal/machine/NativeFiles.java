package org.revlayers.internal.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.nd4j.linalg.factory.Nd4j;

/** Where the native libraries of this process come from. */
public final class NativeFiles {

    private static final Pattern BINARY = Pattern.compile(
            "(?:bindings/|nd4j-(?:native|cuda)[^/]*?-)((?:linux|windows|macosx|android)-[^/]*?)(?:\\.jar)?/");

    private NativeFiles() {}

    /** The file of the loaded library {@code lib<name>}, or null if it is not loaded. */
    public static String path(String name) {
        String loaded = Loader.getLoadedLibraries().entrySet().stream()
                .filter(e -> e.getKey().replaceAll("@.*", "").equals(name))
                .map(java.util.Map.Entry::getValue)
                .findFirst()
                .orElse(null);
        return loaded != null && Files.exists(Path.of(loaded)) ? loaded : mapped("lib" + name + ".");
    }

    /** Platform and variant of ND4J's running library: the folder that it has in its jar, shaded or not. */
    public static String nd4jBinary() {
        String path = path(Nd4j.getEnvironment().isCPU() ? "nd4jcpu" : "nd4jcuda");
        Matcher matcher = BINARY.matcher(path == null ? "" : path);
        String found = null;
        while (matcher.find()) {
            found = matcher.group(1);
        }
        return found != null ? found : Loader.getPlatform() + " (unknown variant)";
    }

    /** As the kernel sees it: JavaCPP does not record libraries that another one pulled in. */
    private static String mapped(String prefix) {
        return copies(prefix).stream().findFirst().orElse(null);
    }

    /** Every file of this process whose name begins so; none where the kernel does not tell. */
    public static Set<String> copies(String prefix) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains("/" + prefix))
                    .map(line -> line.substring(line.indexOf('/')))
                    .collect(Collectors.toCollection(LinkedHashSet::new));
        } catch (IOException | RuntimeException e) {
            return Set.of();
        }
    }
}
