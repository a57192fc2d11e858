package org.revlayers;

import java.util.Locale;
import org.revlayers.plan.Bytes;

/**
 * How much memory a plan may take.
 *
 * @param text     as it was given
 * @param bytes    of it; −1 for a fraction
 * @param fraction of what plain takes; 0 for bytes
 */
record MemoryBudget(String text, long bytes, double fraction) {

    private static final double PERCENT = 100;

    static MemoryBudget parse(String text) {
        String trimmed = text.trim();
        if (!trimmed.endsWith("%")) {
            return new MemoryBudget(trimmed, Bytes.parse(trimmed), 0);
        }
        double percent;
        try {
            percent = Double.parseDouble(
                    trimmed.substring(0, trimmed.length() - 1).toLowerCase(Locale.ROOT));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "a budget is an amount such as 400MiB, or a part of plain's peak such as 25%; got \"" + text + "\"",
                    e);
        }
        if (!(percent > 0 && percent <= PERCENT * PERCENT)) {
            throw new IllegalArgumentException("a part of plain's peak is more than 0 %; got \"" + text + "\"");
        }
        return new MemoryBudget(trimmed, -1, percent / PERCENT);
    }

    long bytes(long plain) {
        return fraction > 0 ? (long) Math.floor(plain * fraction) : bytes;
    }
}
