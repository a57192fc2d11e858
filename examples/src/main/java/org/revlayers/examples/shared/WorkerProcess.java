package org.revlayers.examples.shared;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A method in a fresh JVM of this program, so that the operating system's figure is its own: with a small heap, so that Java's share of the process's peak stays
 * small, and ND4J's off-heap limit as it is by default on this machine (a quarter of the memory; SameDiff's array cache is a share of it).
 */
public final class WorkerProcess {

    private static final String HEAP = "-Xmx1g";
    private static final int SHARE_OF_MEMORY = 4;
    private static final int LAST_LINES = 12;
    /** What a shell says of a process that the system has killed. */
    private static final int KILLED = 137;

    private static final int LAST_CHARS = 20_000;
    private static final int BUFFER = 4096;

    private final String what;
    private final Process process;
    private final StringBuilder said = new StringBuilder();

    private WorkerProcess(String what, Process process) {
        this.what = what;
        this.process = process;
    }

    /**
     * Starts it.
     *
     * @param what      for error messages
     * @param program   with a main method, which calls {@link #endWithParent}
     * @param arguments of the program
     */
    public static WorkerProcess start(String what, Class<?> program, List<String> arguments) {
        return start(what, command(program, arguments));
    }

    /** Starts another program. */
    public static WorkerProcess start(String what, List<String> command) {
        try {
            Process process = new ProcessBuilder(command).start();
            process.getOutputStream().close();
            return new WorkerProcess(what, process);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run the process for " + what + ": " + e.getMessage(), e);
        }
    }

    /**
     * Reads to its end what it says.
     *
     * @param lines  gets the lines of its standard output
     * @param errors gets its error stream as it comes, in pieces
     * @return its exit code
     */
    public int run(Consumer<String> lines, Consumer<String> errors) {
        Thread pump = new Thread(() -> pump(errors), "errors of a worker");
        pump.setDaemon(true);
        pump.start();
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                lines.accept(line);
            }
            int exit = process.waitFor();
            pump.join();
            return exit;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read from the process for " + what + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + what + " ran", e);
        } finally {
            process.destroy();
        }
    }

    private void pump(Consumer<String> errors) {
        char[] some = new char[BUFFER];
        try (BufferedReader err = process.errorReader()) {
            for (int n = err.read(some); n >= 0; n = err.read(some)) {
                String piece = new String(some, 0, n);
                said.append(piece);
                said.delete(0, Math.max(0, said.length() - LAST_CHARS));
                errors.accept(piece);
            }
        } catch (IOException e) {
            errors.accept("(the rest of what it said is lost: " + e.getMessage() + ")\n");
        }
    }

    /** Asks it to end as Ctrl-C does. */
    public void stop() {
        process.toHandle().destroy(); // Process's own closes what it says on the way
    }

    /** That it ended without a result, with the last that it said. */
    public IllegalStateException failure(int exit) {
        List<String> all = said.toString().strip().lines().toList();
        return new IllegalStateException("the process for " + what + " ended with exit code " + exit + " and no result"
                + (exit == KILLED ? " (the system ran out of memory: try a smaller --batch, --size or --depth)" : "")
                + (all.isEmpty()
                        ? ""
                        : ": " + String.join("; ", all.subList(Math.max(0, all.size() - LAST_LINES), all.size()))));
    }

    /** For the program of a worker: one that nobody waits for any more would go on for minutes and take gigabytes. */
    public static void endWithParent() {
        ProcessHandle.current().parent().ifPresent(parent -> parent.onExit()
                .thenRun(() -> Runtime.getRuntime().halt(1)));
    }

    private static List<String> command(Class<?> program, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add(HEAP);
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("revlayers.") || name.startsWith("org.bytedeco.javacpp."))
                .sorted()
                .forEach(name -> command.add("-D" + name + "=" + System.getProperty(name)));
        command.add("-Dorg.bytedeco.javacpp.maxBytes=" + machineBytes() / SHARE_OF_MEMORY);
        command.add("-Dorg.bytedeco.javacpp.maxPhysicalBytes=0");
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        command.add("-D" + Progress.TERMINAL + "=" + Progress.onTerminal());
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(program.getName());
        command.addAll(arguments);
        return command;
    }

    private static long machineBytes() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }
}
