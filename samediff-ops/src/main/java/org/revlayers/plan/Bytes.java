package org.revlayers.plan;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Amounts of memory as text. A text says its unit, as nobody can tell whether 400 are bytes or MiB.
 *
 * @since 0.1.0
 */
public final class Bytes {

    private static final long MOST = 1L << 62;
    private static final long KIB = 1L << 10;
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;
    private static final long TIB = 1L << 40;

    private static final Map<String, Long> UNITS = Map.of(
            "b",
            1L,
            "kib",
            KIB,
            "mib",
            MIB,
            "gib",
            GIB,
            "tib",
            TIB,
            "kb",
            1_000L,
            "mb",
            1_000_000L,
            "gb",
            1_000_000_000L,
            "tb",
            1_000_000_000_000L);

    private static final Pattern AMOUNT = Pattern.compile("\\s*([0-9]{1,18}(?:\\.[0-9]{1,18})?)\\s*([a-z]*)\\s*");

    private Bytes() {}

    /**
     * Reads "400MiB", "1.5 GiB", "2GB", "1024 B": KiB to TiB are powers of 1,024, KB to TB of 1,000; rounded down to whole bytes.
     *
     * @throws IllegalArgumentException if the text is no amount or has no unit
     */
    public static long parse(String text) {
        Matcher matcher = AMOUNT.matcher(text.toLowerCase(Locale.ROOT));
        Long unit = matcher.matches() ? UNITS.get(matcher.group(2)) : null;
        if (unit == null) {
            throw new IllegalArgumentException(
                    "an amount of memory is a number and one of B, KiB, MiB, GiB, TiB, KB, MB," + " GB, TB, not \""
                            + text + "\": write \"400MiB\", or \"400B\" for bytes");
        }
        BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit));
        if (bytes.compareTo(BigDecimal.valueOf(MOST)) > 0) {
            throw new IllegalArgumentException("an amount of memory is at most 2^62 bytes, not \"" + text + "\"");
        }
        return bytes.longValue();
    }

    /** Rounded, in the largest unit of which there is one: "1.50 GiB"; whole bytes below 1 KiB. */
    public static String text(long bytes) {
        if (Math.abs(bytes) < KIB) {
            return bytes + " B";
        }
        long unit = Math.abs(bytes) < MIB ? KIB : Math.abs(bytes) < GIB ? MIB : Math.abs(bytes) < TIB ? GIB : TIB;
        String name = unit == KIB ? "KiB" : unit == MIB ? "MiB" : unit == GIB ? "GiB" : "TiB";
        return String.format(Locale.ROOT, "%.2f %s", (double) bytes / unit, name);
    }

    /** Both ways: "1.50 GiB (1,610,612,736 bytes)". */
    public static String exact(long bytes) {
        return Math.abs(bytes) < KIB
                ? bytes + " bytes"
                : String.format(Locale.ROOT, "%s (%,d bytes)", text(bytes), bytes);
    }
}
