package org.revlayers.internal.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * What the operating system counts for this whole process: heap, native memory, libraries. Linux only; elsewhere the answers are empty.
 * The peak can be reset, so that one phase is measured; a fair comparison takes fresh processes.
 */
public final class ProcessMemory {

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path SYSTEM = Path.of("/proc/meminfo");
    private static final Path CLEAR_REFS = Path.of("/proc/self/clear_refs");

    private ProcessMemory() {}

    /** Bytes in memory now. */
    public static OptionalLong residentBytes() {
        return read(STATUS, "VmRSS:");
    }

    /** The most bytes in memory since the process began or {@link #resetPeak()}. */
    public static OptionalLong peakBytes() {
        return read(STATUS, "VmHWM:");
    }

    /** Sets the peak to what is there now; false where the system does not allow it. */
    public static boolean resetPeak() {
        try {
            Files.writeString(CLEAR_REFS, "5");
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Bytes that the system can still give to processes. */
    public static OptionalLong availableBytes() {
        return read(SYSTEM, "MemAvailable:");
    }

    private static OptionalLong read(Path file, String key) {
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith(key)) {
                    return OptionalLong.of(Long.parseLong(line.replaceAll("\\D", "")) * 1024);
                }
            }
        } catch (IOException e) {
            return OptionalLong.empty();
        }
        return OptionalLong.empty();
    }
}
