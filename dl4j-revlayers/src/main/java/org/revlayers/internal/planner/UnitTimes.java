package org.revlayers.internal.planner;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.revlayers.internal.backend.StartupReport;
import org.revlayers.internal.files.UserCache;
import org.revlayers.internal.files.WholeFile;

/**
 * Seconds of units that were measured before, in a file of the user's cache for each machine: CPU, BLAS core, ND4J binary, kind of kernels and number of threads.
 * A file that cannot be read or written is as good as none. {@code -Drevlayers.planner.times=off} measures anew, and keeps nothing.
 */
@Slf4j
public final class UnitTimes {

    private static final String PROPERTY = "revlayers.planner.times";
    private static final Path CPUS = Path.of("/proc/cpuinfo");
    private static final int NAME = 16;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Null if nothing is kept. */
    private final Path file;

    private final String machine;
    private final Map<String, double[]> known = new TreeMap<>();
    private boolean changed;

    private UnitTimes(Path file, String machine) {
        this.file = file;
        this.machine = machine;
        read(known);
    }

    /** Those of this machine, from the user's cache. */
    static UnitTimes standard() {
        return "off".equals(System.getProperty(PROPERTY))
                ? new UnitTimes(null, machine())
                : in(UserCache.folder().resolve("planner"), machine());
    }

    /** Those of a machine, from a folder. */
    static UnitTimes in(Path folder, String machine) {
        return new UnitTimes(folder.resolve("times-" + hash(machine).substring(0, NAME) + ".json"), machine);
    }

    private static String machine() {
        return cpu() + "; " + StartupReport.line();
    }

    private static String cpu() {
        try (Stream<String> lines = Files.lines(CPUS)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).trim())
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException | java.io.UncheckedIOException e) {
            return System.getProperty("os.arch"); // no Linux
        }
    }

    /** A short name for what a unit is, its shapes and how it is kept. */
    static String key(Object... parts) {
        return hash(java.util.Arrays.deepToString(parts));
    }

    private static String hash(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JVM has it
        }
    }

    boolean has(String key) {
        return known.containsKey(key);
    }

    /** The same bytes with the times that are known for it; itself if none are. */
    UnitFigures timed(String key, UnitFigures figures) {
        double[] times = known.get(key);
        return times == null ? figures : figures.timed(times[0], times[1]);
    }

    void put(String key, UnitFigures measured) {
        known.put(key, new double[] {measured.forwardSeconds(), measured.backwardSeconds()});
        changed = true;
    }

    private void read(Map<String, double[]> into) {
        if (file == null || !Files.exists(file)) {
            return;
        }
        try {
            JsonNode times = MAPPER.readTree(Files.readString(file)).path("times");
            times.fields().forEachRemaining(entry -> {
                double forward = entry.getValue().path(0).asDouble(-1);
                double backward = entry.getValue().path(1).asDouble(-1);
                if (forward >= 0 && backward >= 0) {
                    into.putIfAbsent(entry.getKey(), new double[] {forward, backward});
                }
            });
        } catch (IOException e) {
            log.warn("The times in {} cannot be read and are measured again: {}", file, e.getMessage());
        }
    }

    /** Writes what is new, and what others have written since. */
    void save() {
        if (file == null || !changed) {
            return;
        }
        read(known);
        ObjectNode root = MAPPER.createObjectNode().put("machine", machine);
        ObjectNode times = root.putObject("times");
        known.forEach((key, value) -> times.putArray(key).add(value[0]).add(value[1]));
        try {
            Files.createDirectories(file.getParent());
            WholeFile.write(file, out -> out.write(root.toPrettyString().getBytes(StandardCharsets.UTF_8)));
            changed = false;
        } catch (IOException e) {
            log.warn("Measured times are not kept for the next plan: {}", e.getMessage());
        }
    }
}
