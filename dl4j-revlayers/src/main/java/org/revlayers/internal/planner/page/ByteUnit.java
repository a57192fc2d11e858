package org.revlayers.internal.planner.page;

import org.revlayers.internal.text.Markup;

/**
 * The unit that an axis of sizes is labelled in.
 *
 * @param name  such as MiB
 * @param bytes of one
 */
record ByteUnit(String name, double bytes) {

    private static final double KIB = 1 << 10;
    private static final double MIB = 1 << 20;
    private static final double GIB = 1 << 30;

    /** The largest of which there is one in a size. */
    static ByteUnit of(double size) {
        if (size >= GIB) {
            return new ByteUnit("GiB", GIB);
        }
        return size >= MIB ? new ByteUnit("MiB", MIB) : new ByteUnit("KiB", KIB);
    }

    /** A number of them, without zeros that say nothing. */
    static String text(double value) {
        String text = Markup.format("%.3f", value);
        return text.replaceAll("\\.?0+$", "");
    }
}
