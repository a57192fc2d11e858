package org.revlayers.internal.planner;

import java.util.OptionalLong;
import org.revlayers.internal.contract.Given;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.memory.DeviceMemory;
import org.revlayers.internal.memory.IdleWorkspaces;
import org.revlayers.internal.memory.ProcessMemory;
import org.revlayers.plan.Bytes;

/**
 * How much memory a plan may take.
 *
 * @param text     as it was given
 * @param bytes    of it; −1 for a fraction
 * @param fraction of what plain takes; 0 for bytes
 * @param process  whether it is for the whole process
 */
public record MemoryBudget(String text, long bytes, double fraction, boolean process) {

    private static final String AUTO = "auto";
    private static final double PERCENT = 100;

    /** Of what is available, what {@code auto} leaves to others. */
    private static final double MARGIN = 0.1;

    /** For live arrays: {@code 400MiB} or {@code 25%}. */
    public static MemoryBudget ofArrays(String text) {
        String trimmed = Given.of(text, "the budget", "400MiB, or 25%, say").trim();
        if (!trimmed.endsWith("%")) {
            return new MemoryBudget(trimmed, Bytes.parse(trimmed), 0, false);
        }
        double percent;
        try {
            percent = Double.parseDouble(trimmed.substring(0, trimmed.length() - 1));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "a budget is an amount such as 400MiB, or a part of plain's peak such as 25%; got \"" + text + "\"",
                    e);
        }
        if (!(percent > 0 && percent <= PERCENT * PERCENT)) {
            throw new IllegalArgumentException(
                    "a part of plain's peak is more than 0 % and at most 10,000 %; got \"" + text + "\"");
        }
        return new MemoryBudget(trimmed, -1, percent / PERCENT, false);
    }

    /** For the process: {@code 2GiB}, or {@code auto} for what is available now less a tenth. */
    public static MemoryBudget ofProcess(String text) {
        String trimmed = Given.of(text, "the budget", "400MiB, or 25%, say").trim();
        if (trimmed.equalsIgnoreCase(AUTO)) {
            return new MemoryBudget(AUTO, available(), 0, true);
        }
        return new MemoryBudget(trimmed, Bytes.parse(trimmed), 0, true);
    }

    /** The same, in bytes where it was a part of what a batch takes. */
    public MemoryBudget fixed(BudgetParts parts) {
        return fraction == 0 ? this : new MemoryBudget(text, parts.bytes(), 0, false);
    }

    private static long available() {
        OptionalLong device = DeviceMemory.freeBytes();
        OptionalLong free = device.isPresent() ? device : ProcessMemory.availableBytes();
        return (long) ((free.orElseThrow(MemoryBudget::unknown) + held()) * (1 - MARGIN));
    }

    /** Of the memory that arrays live in. */
    private static long held() {
        return DeviceMemory.usedBytes().orElse(ProcessMemory.residentBytes().orElse(0));
    }

    private static IllegalStateException unknown() {
        return new IllegalStateException(
                "this system does not tell how much memory is available: give an amount, such as 2GiB");
    }

    /** Bytes that the process holds now, or that are in use on the device if arrays live on one, for {@link #parts}: before a planner measures, which leaves heap and libraries behind. */
    public static long resident() {
        IdleWorkspaces.free();
        Arena.trimAll();
        return held();
    }

    /**
     * In bytes of live arrays.
     *
     * @param resident what {@link #resident} gave before
     * @param plain    peak with all units stored
     */
    public BudgetParts parts(Trainable net, Batch batch, long resident, long plain) {
        if (!process) {
            long arrays = fraction > 0 ? (long) Math.floor(plain * fraction) : bytes;
            return new BudgetParts(text, arrays, 0, 0, 0, 0);
        }
        long weights = net.weightBytes();
        long state = net.stateBytes();
        long there = weights + state;
        long own = Math.max(0, resident - there - batch.bytes());
        long all = 2 * weights + state;
        return new BudgetParts(text, bytes - all - batch.bytes() - own, bytes, all, batch.bytes(), own);
    }
}
