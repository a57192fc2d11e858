package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGKILL at random moments, in a step, a checkpoint, an evaluation: the run that goes on has the bits of the one that was left alone. */
class KillTest {

    private static final int NORMAL = Integer.getInteger("revlayers.kills", 20);
    private static final int SLOW = Integer.getInteger("revlayers.kills", 200);
    private static final long MOMENTS = 1_500_000_000L; // nanoseconds in which a kill falls; fast machines end before

    private static Process start(Path out, boolean resume) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                System.getProperty("java.class.path"),
                KilledRun.class.getName(),
                out.toString(),
                "--checkpoint-every=0")); // minutes: after every step
        if (resume) {
            command.add("--resume");
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(out.resolveSibling("err.txt").toFile());
        builder.environment().put("OMP_WAIT_POLICY", "passive");
        return builder.start();
    }

    /** What it came to; null if it was killed before. */
    private static String run(Path out, boolean resume, Random random) throws IOException, InterruptedException {
        Process process = start(out, resume);
        String end = null;
        try (BufferedReader lines = process.inputReader()) {
            String line = lines.readLine();
            assertEquals(KilledRun.STARTED, line, () -> errors(out));
            if (random != null) {
                long until = System.nanoTime() + (long) (random.nextDouble() * MOMENTS);
                boolean inCheckpoint = random.nextInt(3) == 0;
                while (process.isAlive() && (System.nanoTime() < until || inCheckpoint && !writing(out))) {
                    LockSupport.parkNanos(100_000);
                }
                process.toHandle().destroyForcibly(); // Process's own closes what it said, even if it has ended
            }
            for (line = lines.readLine(); line != null; line = lines.readLine()) {
                end = line.startsWith(KilledRun.ENDED) ? line : end;
            }
        }
        int code = process.waitFor();
        assertTrue(random != null && code == 137 || code == 0 && end != null, () -> code + "\n" + errors(out));
        return end;
    }

    private static boolean writing(Path out) {
        try (Stream<Path> files = Files.list(out)) {
            return files.anyMatch(f -> f.toString().endsWith(".part"));
        } catch (IOException | java.io.UncheckedIOException e) {
            return false;
        }
    }

    private static String errors(Path out) {
        try {
            return Files.readString(out.resolveSibling("err.txt"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Test
    void theRunThatGoesOnHasTheSameBits(@TempDir Path folder) throws IOException, InterruptedException {
        kill(NORMAL, 11, folder);
    }

    @Tag("slow")
    @Test
    void soItHasAfterManyKills(@TempDir Path folder) throws IOException, InterruptedException {
        kill(SLOW, 12, folder);
    }

    private static void kill(int kills, long seed, Path folder) throws IOException, InterruptedException {
        String expected = run(Files.createDirectories(folder.resolve("whole")), false, null);
        Random random = new Random(seed);
        int killed = 0;
        for (int runs = 0; killed < kills; runs++) {
            Path out = Files.createDirectories(folder.resolve("killed" + runs));
            boolean resume = false;
            String end = null;
            while (end == null) {
                end = run(out, resume, killed < kills ? random : null);
                resume = true;
                killed += end == null ? 1 : 0;
            }
            assertEquals(expected, end, "after " + killed + " kills");
        }
    }
}
