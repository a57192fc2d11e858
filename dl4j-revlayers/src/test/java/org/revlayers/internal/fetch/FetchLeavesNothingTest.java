package org.revlayers.internal.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A download that is stopped by a signal leaves neither parts nor a client; one that was killed is cleaned up after. */
class FetchLeavesNothingTest {

    private static final String PIDS = "client.pids";

    /** Fetches with the npm on the PATH: the test's own, which never ends. */
    public static final class Fetching {
        public static void main(String[] args) throws IOException {
            new Fetch(Path.of(args[0]), new SystemClients(), FetchProgress.SILENT).get(Artifacts.REUTERS);
        }
    }

    private static List<Path> parts(Path cache) throws IOException {
        try (Stream<Path> all = Files.list(cache)) {
            return all.filter(f -> f.getFileName().toString().contains("-part")).toList();
        }
    }

    private static Process fetching(Path folder, Path cache) throws IOException, InterruptedException {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Path npm = bin.resolve("npm");
        Files.writeString(
                npm, "#!/bin/sh\necho half > part.tgz\nsleep 60 &\necho $$ $! > " + folder.resolve(PIDS) + "\nwait\n");
        Files.setPosixFilePermissions(npm, PosixFilePermissions.fromString("rwxr-xr-x"));
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + Files.createDirectories(folder.resolve("tmp")),
                "-cp",
                System.getProperty("java.class.path"),
                Fetching.class.getName(),
                cache.toString());
        builder.environment().merge("PATH", bin + ":", (path, ours) -> ours + path);
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile())
                .start();
        while (process.isAlive() && (Files.notExists(folder.resolve(PIDS)) || Files.size(folder.resolve(PIDS)) == 0)) {
            Thread.sleep(5);
        }
        return process;
    }

    private static List<ProcessHandle> clients(Path folder) throws IOException {
        return Stream.of(Files.readString(folder.resolve(PIDS)).strip().split(" "))
                .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)).stream())
                .toList();
    }

    /** A process that has ended and that nobody has asked for yet counts as alive to Java. */
    private static boolean runs(ProcessHandle handle) {
        try {
            String stat = Files.readString(Path.of("/proc/" + handle.pid() + "/stat"));
            return handle.isAlive() && stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void afterASignal(@TempDir Path folder) throws IOException, InterruptedException {
        Path cache = folder.resolve("cache");
        Process process = fetching(folder, cache);
        List<ProcessHandle> clients = clients(folder);
        process.destroy();
        assertTrue(process.waitFor(20, TimeUnit.SECONDS));
        Thread.sleep(200);
        List<ProcessHandle> alive =
                clients.stream().filter(FetchLeavesNothingTest::runs).toList();
        alive.forEach(ProcessHandle::destroyForcibly);
        assertEquals(List.of(), alive, "clients go on");
        assertEquals(List.of(), parts(cache));
        try (Stream<Path> left = Files.list(folder.resolve("tmp"))) {
            assertEquals(
                    List.of(),
                    left.filter(f -> f.toString().contains("revlayers")).toList());
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void afterAKillByTheNextFetch(@TempDir Path folder) throws IOException, InterruptedException {
        Path cache = folder.resolve("cache");
        Process process = fetching(folder, cache);
        List<ProcessHandle> clients = clients(folder);
        process.destroyForcibly().waitFor();
        clients.forEach(ProcessHandle::destroyForcibly);
        assertFalse(parts(cache).isEmpty());
        ClientRunner failing = (artifact, into, progress) -> {
            throw new IOException("no network");
        };
        try {
            new Fetch(cache, failing, FetchProgress.SILENT).get(Artifacts.REUTERS);
        } catch (IOException expected) {
            assertTrue(expected.getMessage().contains("no network"), expected::getMessage);
        }
        assertEquals(List.of(), parts(cache));
    }
}
