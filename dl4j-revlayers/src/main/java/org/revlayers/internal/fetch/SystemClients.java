package org.revlayers.internal.fetch;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The user's own npm and Maven as subprocesses, with their own settings: registries, mirrors, proxies and credentials are
 * theirs. Install scripts are never run. A client that says nothing for long is stopped after an hour.
 */
final class SystemClients implements ClientRunner {

    private static final long LIMIT_NANOS = TimeUnit.HOURS.toNanos(1);
    private static final int LAST_WORDS = 600;

    @Override
    public void run(Artifact artifact, Path folder, FetchProgress progress) throws IOException {
        List<String> command = command(artifact, folder);
        Path log = folder.resolve("client.log");
        Process process = null;
        Process[] started = new Process[1];
        Thread hook = endingWith(started, folder); // before there is one: a signal may come in between
        try {
            try {
                synchronized (started) {
                    started[0] = new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .start();
                }
            } catch (IOException e) {
                throw new IOException(command.get(0) + " could not be started (" + e.getMessage() + ")", e);
            }
            process = started[0];
            process.getOutputStream().close();
            long start = System.nanoTime();
            while (!process.waitFor(250, TimeUnit.MILLISECONDS)) {
                progress.step(artifact, FetchProgress.Phase.DOWNLOAD, size(folder), artifact.bytes());
                if (System.nanoTime() - start > LIMIT_NANOS) {
                    throw new IOException(command.get(0) + " was stopped after an hour");
                }
            }
            if (process.exitValue() != 0) {
                String said = Files.readString(log, StandardCharsets.UTF_8).strip();
                throw new IOException(command.get(0) + " ended with " + process.exitValue() + ": "
                        + said.substring(Math.max(0, said.length() - LAST_WORDS)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while " + command.get(0) + " was running");
        } finally {
            if (process != null) {
                end(process);
            }
            forget(hook);
            Files.deleteIfExists(log);
        }
    }

    /** A signal to this process ends the client too, and takes back what it has left so far. */
    private static Thread endingWith(Process[] started, Path folder) {
        Thread hook = new Thread(() -> {
            synchronized (started) {
                if (started[0] != null) {
                    end(started[0]);
                }
            }
            try {
                Fetch.delete(folder);
            } catch (IOException e) {
                // the next fetch takes it back
            }
        });
        Runtime.getRuntime().addShutdownHook(hook);
        return hook;
    }

    private static void end(Process process) {
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .filter(ProcessHandle::isAlive)
                .toList();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(handle ->
                handle.onExit().completeOnTimeout(handle, 1, TimeUnit.SECONDS).join());
    }

    private static void forget(Thread hook) {
        try {
            if (hook != null) {
                Runtime.getRuntime().removeShutdownHook(hook);
            }
        } catch (IllegalStateException e) {
            // it runs
        }
    }

    static List<String> command(Artifact artifact, Path folder) {
        boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("win");
        String suffix = windows ? ".cmd" : "";
        return switch (artifact.client()) {
            case NPM -> List.of("npm" + suffix, "pack", artifact.coordinates(), "--ignore-scripts", "--loglevel=error");
            case MAVEN -> List.of(
                    "mvn" + suffix,
                    "-B",
                    "-q",
                    "dependency:copy",
                    "-Dartifact=" + artifact.coordinates(),
                    "-DoutputDirectory=" + folder,
                    "-Dmdep.useBaseVersion=true");
        };
    }

    private static long size(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.mapToLong(p -> Files.isRegularFile(p) ? p.toFile().length() : 0)
                    .sum();
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }
}
