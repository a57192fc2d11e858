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
public record TensorInfo(String name, Type type, long[] shape, long bytes) {

    /** Element types that weight files declare. All of them can be listed; {@link #readable()} ones can be read as floats. */
    public enum Type {
        F64(8, true),
        F32(4, true),
        F16(2, true),
        BF16(2, true),
        I64(8, true),
        I32(4, true),
        I16(2, true),
        I8(1, true),
        U8(1, true),
        BOOL(1, true),
        U64(8, false),
        U32(4, false),
        U16(2, false),
        F8_E5M2(1, false),
        F8_E4M3(1, false);

        private final int bytes;
        private final boolean readable;

        Type(int bytes, boolean readable) {
            this.bytes = bytes;
            this.readable = readable;
        }

        /** Bytes of one element. */
        public int bytes() {
            return bytes;
        }

        /** Whether {@link TensorSource#read} converts it. */
        public boolean readable() {
            return readable;
        }
    }

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
