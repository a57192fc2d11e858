package org.revlayers.weights;

import java.util.Arrays;

/**
 * What a weights file says about one tensor.
 *
 * @param name  the file's name for it
 * @param type  element type in the file
 * @param shape as in the file; empty for a scalar
 * @param bytes size in the file
 * @since 0.1.0
 */
public record TensorInfo(String name, TensorType type, long[] shape, long bytes) {

    public TensorInfo {
        shape = shape.clone();
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    /** Number of elements, 1 for a scalar. */
    public long length() {
        long n = 1;
        for (long d : shape) {
            n *= d;
        }
        return n;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof TensorInfo t
                && name.equals(t.name)
                && type == t.type
                && Arrays.equals(shape, t.shape)
                && bytes == t.bytes;
    }

    @Override
    public int hashCode() {
        return name.hashCode() * 31 + Arrays.hashCode(shape);
    }

    @Override
    public String toString() {
        return name + " " + type + Arrays.toString(shape);
    }
}
