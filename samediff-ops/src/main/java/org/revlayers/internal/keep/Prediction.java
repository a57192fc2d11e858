package org.revlayers.internal.keep;

/**
 * A prediction from shapes alone: what a layer will keep for backward.
 *
 * @param name     of the tensor within its layer
 * @param form     how it is kept
 * @param elements of the tensor, per example unless {@code perBatch}
 * @param bits     per element; 0 if shared, {@value #NETWORK} for the network's floating-point type, {@value #STATISTIC} for that type but
 *                 single precision at least
 * @param perBatch whether the number of examples does not matter
 * @param group    elements that are stored together: their number is rounded up to a multiple of it
 */
public record Prediction(String name, Form form, long elements, int bits, boolean perBatch, int group) {

    /** Bits of the network's type. */
    public static final int NETWORK = -1;

    /** Bits of what half precision has too few digits for: those of the network's type, or 32 if that is more. */
    public static final int STATISTIC = -2;

    /** A tensor with a part for each example. */
    public Prediction(String name, Form form, long elements, int bits) {
        this(name, form, elements, bits, false, 1);
    }

    /** A tensor of the network's type. */
    public static Prediction dense(String name, long elements) {
        return new Prediction(name, Form.DENSE, elements, NETWORK);
    }

    /** One number per row, from which the rest is computed again: {@link #STATISTIC}. */
    public static Prediction rebuilt(String name, long elements) {
        return new Prediction(name, Form.REBUILT, elements, STATISTIC);
    }

    /** One number of the network's type per example. */
    public static Prediction factor(String name) {
        return new Prediction(name, Form.REBUILT, 1, NETWORK);
    }

    /** Statistics of a batch, from which the rest is computed again, as many for any number of examples. */
    public static Prediction perBatch(String name, long elements) {
        return new Prediction(name, Form.REBUILT, elements, STATISTIC, true, 1);
    }

    /** A tensor that somebody else keeps. */
    public static Prediction shared(String name, long elements) {
        return new Prediction(name, Form.SHARED, elements, 0);
    }

    /** A code of this many bits per element, ⌈elements·bits/8⌉ bytes. */
    public static Prediction coded(String name, long elements, int bits) {
        return new Prediction(name, Form.CODED, elements, bits);
    }

    /** A code of this many bits per element in groups of eight elements, ⌈elements/8⌉·bits bytes. */
    public static Prediction grouped(String name, long elements, int bits) {
        return new Prediction(name, Form.CODED, elements, bits, false, Byte.SIZE);
    }

    /** The same on a disk, but for what is too small for it. */
    public Prediction moved() {
        return form == Form.SHARED ? this : new Prediction(name, Form.MOVED, elements, bits, perBatch, group);
    }

    /** The same with this in front of its name. */
    public Prediction under(String prefix) {
        return new Prediction(prefix + name, form, elements, bits, perBatch, group);
    }

    private long each(int width) {
        return switch (bits) {
            case NETWORK -> width;
            case STATISTIC -> Math.max(width, Float.SIZE);
            default -> bits;
        };
    }

    /** Bits in memory for one example with floating-point numbers of this many bits; whether something is too small for a disk, a batch has to tell. */
    public long bits(int width) {
        return form == Form.MOVED ? 0 : elements * each(width);
    }

    /** Bytes in memory for a whole batch with floating-point numbers of this many bytes. */
    public long bytes(long batch, int width) {
        long bytes = storedBytes(batch, width);
        return form == Form.MOVED && Kept.isMoved(bytes) ? 0 : bytes;
    }

    /** The same, and what is on a disk. */
    public long storedBytes(long batch, int width) {
        long all = perBatch ? elements : batch * elements;
        long stored = (all + group - 1) / group * group;
        return (stored * each(width * Byte.SIZE) + Byte.SIZE - 1) / Byte.SIZE;
    }
}
