package org.revlayers.internal.cuda;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Makes the PTX resource from the sources of the device kernels: what the Maven profile {@code ptx} runs. The text is lowered to the oldest version and target
 * that its instructions need, so that drivers from CUDA 11.0 and cards from Pascal on take it, and begins with a digest of what it was made from.
 */
final class PtxBuild {

    static final Path RESOURCE = Path.of("src/main/resources/org/revlayers/internal/cuda/kernels.ptx");

    /** Cards that the text must be good for, by compute capability. */
    static final List<Integer> CARDS = List.of(60, 70, 75, 80, 86, 89, 90);

    private static final List<Path> FOLDERS = List.of(Path.of("src/main/cuda"), Path.of("src/main/cpp"));
    private static final Pattern INCLUDE = Pattern.compile("^\\s*#include \"([^\"]+)\"", Pattern.MULTILINE);
    private static final String DIGEST = "// sources: ";

    private PtxBuild() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Path made = Files.createTempFile("kernels", ".ptx");
        List<String> command = new ArrayList<>(
                List.of(args.length > 0 ? args[0] : "nvcc", "-ptx", "-arch=compute_75", "-std=c++17", "-fmad=false"));
        FOLDERS.forEach(folder -> command.add("-I" + folder));
        command.addAll(List.of(FOLDERS.get(0).resolve("kernels.cu").toString(), "-o", made.toString()));
        run(command);
        String text = Files.readString(made)
                .replaceFirst("(?m)^\\.version .*$", ".version 7.0")
                .replaceFirst("(?m)^\\.target .*$", ".target sm_60")
                .replaceAll("(?m)^//.*\\R", "");
        Files.createDirectories(RESOURCE.getParent());
        Files.writeString(RESOURCE, DIGEST + digest() + "\n" + text.strip() + "\n");
        Files.delete(made);
    }

    /** What the resource says that it was made from. */
    static String builtFrom() throws IOException {
        String first = Files.readString(RESOURCE).lines().findFirst().orElse("");
        return first.startsWith(DIGEST) ? first.substring(DIGEST.length()) : "";
    }

    /** SHA-256 of the sources, names and all, whatever the line ends. */
    static String digest() throws IOException {
        Map<String, String> sources = new TreeMap<>();
        collect("kernels.cu", sources);
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sources.forEach(
                    (name, text) -> sha.update((name + "\n" + text).getBytes(java.nio.charset.StandardCharsets.UTF_8)));
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void collect(String name, Map<String, String> sources) throws IOException {
        if (name.equals("emulation.h") || sources.containsKey(name)) {
            return;
        }
        for (Path folder : FOLDERS) {
            Path file = folder.resolve(name);
            if (Files.exists(file)) {
                String text = Files.readString(file).replace("\r", "");
                sources.put(name, text);
                Matcher include = INCLUDE.matcher(text);
                while (folder.equals(FOLDERS.get(0))
                        && include.find()) { // what is shared with the CPU's kernels includes nothing of theirs here
                    collect(include.group(1), sources);
                }
                return;
            }
        }
        throw new IOException("no source " + name + " in " + FOLDERS);
    }

    /** CUDA's assembler, where it is installed: on the path, or where the property or the environment variable {@code PTXAS} says. */
    static String ptxas() {
        String named = System.getProperty("ptxas", System.getenv("PTXAS"));
        return named != null
                ? named
                : Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                        .map(folder -> Path.of(folder, "ptxas"))
                        .filter(Files::isExecutable)
                        .map(Path::toString)
                        .findFirst()
                        .orElse(null);
    }

    /** Throws with what the program has said unless it ends well. */
    static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ":\n" + said);
        }
        return said;
    }
}
