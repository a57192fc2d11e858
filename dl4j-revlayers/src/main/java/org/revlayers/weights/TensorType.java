package org.revlayers.weights;

/**
 * Element types that weight files declare. All of them can be listed; {@link #readable()} ones can be read as floats.
 *
 * @since 0.1.0
 */
public enum TensorType {
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

    TensorType(int bytes, boolean readable) {
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
