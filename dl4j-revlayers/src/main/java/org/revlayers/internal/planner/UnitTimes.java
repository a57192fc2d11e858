package org.revlayers.internal.planner;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.revlayers.internal.backend.StartupReport;
import org.revlayers.internal.machine.Cpu;
import org.revlayers.internal.machine.MachineFile;
import org.revlayers.internal.machine.UserCache;

/**
 * Seconds of units that were measured before, in a file of the user's cache for each machine: CPU, BLAS core, ND4J binary, kind of kernels and number of threads.
 * A file that cannot be read or written is as good as none. {@code -Drevlayers.planner.times=off} measures anew, and keeps nothing.
 */
@Slf4j
public final class UnitTimes {

    private static final String PROPERTY = "revlayers.planner.times";

    /** Null if nothing is kept. */
    private final MachineFile file;

    private final Map<String, double[]> known = new TreeMap<>();
    private boolean changed;

    private UnitTimes(MachineFile file) {
        this.file = file;
        read(known);
    }

    /** Those of this machine, from the user's cache. */
    static UnitTimes standard() {
        return "off".equals(System.getProperty(PROPERTY))
                ? new UnitTimes(null)
                : in(UserCache.folder().resolve("planner"), machine());
    }

    /** Those of a machine, from a folder. */
    static UnitTimes in(Path folder, String machine) {
        return new UnitTimes(MachineFile.in(folder, "times", machine));
    }

    private static String machine() {
        return Cpu.name() + "; " + StartupReport.line();
    }

    /** A short name for what a unit is, its shapes and how it is kept. */
    static String key(Object... parts) {
        return MachineFile.hash(java.util.Arrays.deepToString(parts));
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
        if (file == null || !file.exists()) {
            return;
        }
        try {
            JsonNode times = file.read().path("times");
            times.fields().forEachRemaining(entry -> {
                double forward = entry.getValue().path(0).asDouble(-1);
                double backward = entry.getValue().path(1).asDouble(-1);
                if (forward >= 0 && backward >= 0) {
                    into.putIfAbsent(entry.getKey(), new double[] {forward, backward});
                }
            });
        } catch (IOException e) {
            log.warn("The times in {} cannot be read and are measured again: {}", file.path(), e.getMessage());
        }
    }

    /** Writes what is new, and what others have written since. */
    void save() {
        if (file == null || !changed) {
            return;
        }
        read(known);
        ObjectNode root = file.content();
        ObjectNode times = root.putObject("times");
        known.forEach((key, value) -> times.putArray(key).add(value[0]).add(value[1]));
        try {
            file.write(root);
            changed = false;
        } catch (IOException e) {
            log.warn("Measured times are not kept for the next plan: {}", e.getMessage());
        }
    }
}
