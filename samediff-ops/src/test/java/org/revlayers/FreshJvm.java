package org.revlayers;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Runs a main class in a JVM of its own, for what would take this one down. */
public final class FreshJvm {

    /**
     * How it ended.
     *
     * @param exit   its exit code
     * @param output of both streams
     * @param errors what it wrote on standard error
     */
    public record Result(int exit, String output, String errors) {

        /** What it wrote on standard output. */
        public String printed() {
            return output.substring(0, output.length() - errors.length());
        }
    }

    private final List<String> options =
            new ArrayList<>(List.of("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Drevlayers.gemm=nd4j"));
    private final Map<String, String> environment;
    private Predicate<String> wanted = entry -> true;

    /** @param environment what is set beyond this JVM's own */
    public FreshJvm(Map<String, String> environment, String... options) {
        this.environment = environment;
        this.options.addAll(List.of(options));
    }

    /** Leaves out class path entries. */
    public FreshJvm without(Predicate<String> entries) {
        wanted = wanted.and(entries.negate());
        return this;
    }

    /** Runs it, for two minutes at most. */
    public Result run(Class<?> main, String... args) throws IOException, InterruptedException {
        Path out = Files.createTempFile("jvm", ".out");
        Path err = Files.createTempFile("jvm", ".err");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", classPath(), main.getName()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(out.getParent().toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            process.destroyForcibly().waitFor();
        }
        String errors = Files.readString(err);
        Result result = new Result(process.exitValue(), Files.readString(out) + errors, errors);
        Files.delete(out);
        Files.delete(err);
        return result;
    }

    private String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(wanted)
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
