package org.revlayers.examples.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.revlayers.files.WeightsFileException;

/** Damaged files give a result or a {@link WeightsFileException}, in time and memory in proportion to their size. */
class ForeignFilesFuzzTest {

    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int NORMAL = Integer.getInteger("revlayers.mutations", 500);
    private static final int SLOW = Integer.getInteger("revlayers.mutations", 20_000);

    /** What a reader may need beside a hundred times the file: classes loaded, a network's work. */
    private static final long FREE_BYTES = 64L << 20;

    private static final double FREE_SECONDS = 2;
    private static final double SECONDS_PER_BYTE = 1e-6;
    private static final int LIMIT_SECONDS = 20;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void damagedFilesGiveAResultOrSayWhatIsWrong(ForeignFormat format) throws Exception {
        mutations(format, 0, NORMAL);
    }

    @Tag("slow")
    @ParameterizedTest
    @EnumSource
    void manyDamagedFilesGiveAResultOrSayWhatIsWrong(ForeignFormat format) throws Exception {
        mutations(format, 1_000_000, SLOW);
    }

    private void mutations(ForeignFormat format, long first, int count) throws Exception {
        List<Map<String, byte[]>> good = GoodFiles.of(format, folder);
        for (Map<String, byte[]> parts : good) {
            format.read(format.write(fresh(), parts)); // undamaged, it is read
        }
        List<String> failures = new ArrayList<>();
        for (long seed = first; seed < first + count && failures.size() < 10; seed++) {
            Path file = damaged(format, good.get((int) (seed % good.size())), seed);
            String wrong = attempt(format, file);
            if (wrong != null) {
                failures.add("seed " + seed + ": " + wrong);
            }
        }
        assertEquals(List.of(), failures, () -> String.join("\n", failures));
    }

    private Path damaged(ForeignFormat format, Map<String, byte[]> good, long seed) throws IOException {
        Mutator mutator = new Mutator(seed);
        Map<String, byte[]> parts = new LinkedHashMap<>(good);
        boolean whole = mutator.below(5) == 0;
        if (!whole) {
            List<String> names = new ArrayList<>(new TreeSet<>(parts.keySet()));
            parts.computeIfPresent(names.get(mutator.below(names.size())), (name, bytes) -> mutator.damaged(bytes));
        }
        Path file = format.write(fresh(), parts);
        return whole ? Files.write(file, mutator.damaged(Files.readAllBytes(file))) : file;
    }

    /** Null if all went well. A thread of its own, with a small stack, so that a reader that never ends ends the test. */
    private static String attempt(ForeignFormat format, Path file) throws Exception {
        String[] wrong = {null};
        double limit = FREE_SECONDS + SECONDS_PER_BYTE * Files.size(file);
        long bytes = FREE_BYTES + 100 * Files.size(file);
        Thread reader = new Thread(
                null,
                () -> {
                    long allocated = THREADS.getThreadAllocatedBytes(
                            Thread.currentThread().getId());
                    long cpu = THREADS.getCurrentThreadCpuTime();
                    wrong[0] = outcome(format, file);
                    double seconds = (THREADS.getCurrentThreadCpuTime() - cpu) / 1e9;
                    allocated = THREADS.getThreadAllocatedBytes(
                                    Thread.currentThread().getId())
                            - allocated;
                    if (wrong[0] == null && (seconds > limit || allocated > bytes)) {
                        wrong[0] = seconds + " s and " + allocated + " bytes";
                    }
                },
                "foreign file",
                1 << 19);
        reader.setDaemon(true);
        reader.start();
        reader.join(LIMIT_SECONDS * 1000L);
        return reader.isAlive() ? "does not end" : wrong[0];
    }

    private static String outcome(ForeignFormat format, Path file) {
        try {
            format.read(file);
            return null;
        } catch (WeightsFileException e) {
            return unclear(e, file);
        } catch (UncheckedIOException e) {
            return e.getCause() instanceof WeightsFileException w ? unclear(w, file) : e.toString();
        } catch (Throwable e) {
            StackTraceElement[] at = e.getStackTrace();
            return e + (at.length > 0 ? " at " + at[0] : "");
        }
    }

    /** The message begins with a file in the folder, has a remedy and can be shown. */
    static String unclear(WeightsFileException e, Path file) {
        String said = e.getMessage();
        boolean shown =
                said.chars().noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT);
        boolean names = said.startsWith(file.getParent().toString())
                || said.startsWith(file.getParent().getParent().toString());
        return shown && names && said.contains("; ") && said.length() < 1500 ? null : "unclear: " + said;
    }

    private Path fresh() throws IOException {
        Path run = folder.resolve("run");
        if (Files.exists(run)) {
            try (Stream<Path> all = Files.walk(run)) {
                for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(p);
                }
            }
        }
        assertTrue(Files.notExists(run));
        return Files.createDirectories(run);
    }
}
