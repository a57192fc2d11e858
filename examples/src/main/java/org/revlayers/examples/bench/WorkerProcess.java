package org.revlayers.examples.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Runs one {@link BenchWorker} in a fresh JVM of this program: a small heap, so that Java's share of the process's peak stays small, and
 * ND4J's off-heap limit as it is by default on this machine (a quarter of the memory; SameDiff's array cache is a share of it).
 */
final class WorkerProcess {

    private static final String HEAP = "-Xmx1g";
    private static final int SHARE_OF_MEMORY = 4;
    private static final int LAST_LINES = 12;

    private WorkerProcess() {}

    /**
     * Runs to the end.
     *
     * @param what      for error messages
     * @param arguments of the worker
     * @param progress  is told of every step
     * @param notes     gets what the worker wrote to its error stream
     */
    static WorkerResult run(String what, List<String> arguments, Consumer<String> progress, Consumer<String> notes) {
        Path errors = null;
        Process process = null;
        try {
            errors = Files.createTempFile("revlayers-bench", ".log");
            process = new ProcessBuilder(command(arguments))
                    .redirectError(errors.toFile())
                    .start();
            process.getOutputStream().close();
            WorkerResult result = null;
            try (BufferedReader out = process.inputReader()) {
                for (String line = out.readLine(); line != null; line = out.readLine()) {
                    if (line.startsWith(BenchWorker.PROGRESS)) {
                        progress.accept(line.substring(BenchWorker.PROGRESS.length() + 1));
                    } else if (line.startsWith(WorkerResult.PREFIX)) {
                        result = WorkerResult.parse(line);
                    }
                }
            }
            int exit = process.waitFor();
            String said = Files.readString(errors);
            if (exit != 0 || result == null) {
                throw new IllegalStateException("the process for " + what + " ended with exit code " + exit
                        + " and no result (137: the system ran out of memory; try a smaller --batch or --depth). It said:\n"
                        + lastLines(said));
            }
            notes.accept(said);
            return result;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run the process for " + what + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + what + " ran", e);
        } finally {
            if (process != null) {
                process.destroy();
            }
            delete(errors);
        }
    }

    private static List<String> command(List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add(HEAP);
        command.add("-Dorg.bytedeco.javacpp.maxBytes=" + machineBytes() / SHARE_OF_MEMORY);
        command.add("-Dorg.bytedeco.javacpp.maxPhysicalBytes=0");
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        String kernels = System.getProperty("revlayers.kernels");
        if (kernels != null) {
            command.add("-Drevlayers.kernels=" + kernels);
        }
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(BenchWorker.class.getName());
        command.addAll(arguments);
        return command;
    }

    private static long machineBytes() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }

    private static String lastLines(String text) {
        List<String> lines = text.strip().lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    }

    private static void delete(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            file.toFile().deleteOnExit();
        }
    }
}
