package org.revlayers.layers;

import org.revlayers.memory.Form;

/**
 * A prediction from shapes alone: what a layer will keep for backward.
 *
 * @param name     of the tensor within its layer
 * @param form     how it is kept
 * @param elements of the tensor, per example unless {@code perBatch}
 * @param bits     per element; 0 if shared, −1 for the network's floating-point type
 * @param perBatch whether the number of examples does not matter
 */
public record KeptTensor(String name, Form form, long elements, int bits, boolean perBatch) {

    /** A tensor with a part for each example. */
    public KeptTensor(String name, Form form, long elements, int bits) {
        this(name, form, elements, bits, false);
    }

    /** A tensor of the network's type. */
    public static KeptTensor dense(String name, long elements) {
        return new KeptTensor(name, Form.DENSE, elements, -1);
    }

    /** One number per row, from which the rest is computed again. */
    public static KeptTensor rebuilt(String name, long elements) {
        return new KeptTensor(name, Form.REBUILT, elements, -1);
    }

    /** Statistics of a batch, from which the rest is computed again, as many for any number of examples. */
    public static KeptTensor perBatch(String name, long elements) {
        return new KeptTensor(name, Form.REBUILT, elements, -1, true);
    }

    /** A tensor that somebody else keeps. */
    public static KeptTensor shared(String name, long elements) {
        return new KeptTensor(name, Form.SHARED, elements, 0);
    }

    /** A code of this many bits per element. */
    public static KeptTensor coded(String name, long elements, int bits) {
        return new KeptTensor(name, Form.CODED, elements, bits);
    }

    /** The same with this in front of its name. */
    public KeptTensor under(String prefix) {
        return new KeptTensor(prefix + name, form, elements, bits, perBatch);
    }

    /** Bits for one example with floating-point numbers of this many bits. */
    long bits(int width) {
        return elements * (bits < 0 ? width : bits);
    }

    /** Bytes for a whole batch with floating-point numbers of this width. */
    public long bytes(long batch, int width) {
        long all = perBatch ? elements : batch * elements;
        return bits < 0 ? all * width : (all * bits + 7) / 8;
    }
}
